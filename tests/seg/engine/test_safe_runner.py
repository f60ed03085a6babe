import io
import os
import sys
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader, load_checkpoint
from torch import nn

from seg.engine.hooks import ProgressHook
from seg.engine.safe_runner import SafeRunner, local_checkpoint, safe_loading


class Payload:
    """Writes a file where it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.mkdir, (str(self.file),)


class Line(BaseModel):
    def __init__(self, init_cfg=None):
        super().__init__(init_cfg=init_cfg)
        self.layer = nn.Linear(1, 1)

    def forward(self, inputs, mode):
        return {'loss': self.layer(inputs).pow(2).mean()}

    def train_step(self, data, optim_wrapper):
        optim_wrapper.update_params(self(data, mode='loss')['loss'])
        return {}


def runner(folder, epochs=1, *, init=None, trust=False, **how):
    made = SafeRunner(
        model=Line(init and dict(type='Pretrained', checkpoint=str(init))),
        work_dir=str(folder),
        train_dataloader=dict(
            dataset=[torch.ones(1)],
            sampler=dict(type='DefaultSampler', shuffle=False),
            batch_size=1,
            collate_fn=dict(type='default_collate'),
            num_workers=0,
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9)),
        param_scheduler=dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=10),
        default_scope='seg',
        experiment_name=f'{folder.name}_{epochs}_{len(how)}',
        log_level='ERROR',
        **how,
    )
    made.trust_checkpoint = trust
    return made


@pytest.fixture
def trained(tmp_path):
    runner(tmp_path / 'first').train()
    return tmp_path / 'first/epoch_1.pth'


def poisoned(checkpoint, marker):
    content = torch.load(checkpoint, weights_only=False)
    content['payload'] = Payload(marker)
    torch.save(content, checkpoint)
    return checkpoint


@pytest.mark.parametrize('resume', [True, False])
def test_a_payload_runs_neither_as_a_training_resumes_nor_as_it_starts(tmp_path, trained, resume):
    evil = poisoned(trained, tmp_path / 'ran')
    second = runner(tmp_path / 'second', 2, load_from=str(evil), resume=resume)
    with pytest.raises(ValueError, match=r'epoch_1\.pth asks for (posix|os)\.mkdir'):
        second.train()
    assert not (tmp_path / 'ran').exists()


def test_a_trusted_checkpoint_is_resumed_from(tmp_path, trained, capsys):
    evil = poisoned(trained, tmp_path / 'ran')
    second = runner(tmp_path / 'second', 2, load_from=str(evil), resume=True, trust=True)
    second.train()
    assert second.iter == 2 and (tmp_path / 'ran').exists()
    assert 'Loads checkpoint' not in capsys.readouterr().out  # mmengine prints it, past the log


def test_what_stops_a_training_ends_its_bars(tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    closed = []
    monkeypatch.setattr(ProgressHook, 'close', lambda self: closed.append(self))
    monkeypatch.setattr(Line, 'train_step', stop)
    made = runner(tmp_path, custom_hooks=[dict(type='seg.ProgressHook')])
    with pytest.raises(KeyboardInterrupt):
        made.train()
    assert closed


def test_what_a_library_prints_is_above_the_bar(tmp_path, monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

        def write(self, text):
            shown.append(text)

    shown = []
    for stream in ('stdout', 'stderr'):
        monkeypatch.setattr(sys, stream, Screen())
    monkeypatch.setattr(Line, 'train_step', lambda *_, **__: print('a library') or {})
    runner(tmp_path, custom_hooks=[dict(type='seg.ProgressHook')]).train()
    lines = ''.join(shown).replace('\r', '\n').splitlines()
    assert 'a library' in lines and any('1/1' in line for line in lines)


def test_a_payload_does_not_run_as_a_model_is_initialised(tmp_path, trained):
    evil = poisoned(trained, tmp_path / 'ran')
    with pytest.raises(ValueError, match=r'asks for (posix|os)\.mkdir'):
        runner(tmp_path / 'second', init=evil).train()
    assert not (tmp_path / 'ran').exists()


def test_a_model_is_not_initialised_with_the_weights_of_another(tmp_path):
    torch.save({'a.layer.weight': torch.ones(1, 1), 'a.layer.bias': torch.ones(1)}, tmp_path / 'a')
    with pytest.raises(ValueError, match=r'init_cfg: checkpoint .* of 2 weights 0 match'):
        runner(tmp_path / 'first', init=tmp_path / 'a').train()
    made = runner(tmp_path / 'second', init=tmp_path / 'a')
    made.model.init_cfg['prefix'] = 'a'
    made.train()


def test_weights_of_a_compiled_parallel_model_initialise_another(tmp_path):
    state = {'module._orig_mod.' + key: value for key, value in Line().state_dict().items()}
    torch.save({'model': state}, tmp_path / 'a.pth')
    model = Line()
    with safe_loading():
        load_checkpoint(model, str(tmp_path / 'a.pth'))
    assert all(torch.equal(value, model.state_dict()[key[17:]]) for key, value in state.items())


def test_mmengine_has_its_own_loading_back_afterwards(tmp_path):
    before = dict(CheckpointLoader._schemes)
    with pytest.raises(FileNotFoundError), safe_loading():
        CheckpointLoader.load_checkpoint(str(tmp_path / 'none.pth'))
    assert CheckpointLoader._schemes == before


def test_a_download_lies_where_pytorch_keeps_its_own(tmp_path, monkeypatch):
    asked = []

    def download(url, path, progress):
        asked.append(url)
        Path(path).touch()

    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    for _ in range(2):
        path = local_checkpoint('open-mmlab://regnetx_12gf')
        assert path.parent == tmp_path / 'hub/checkpoints' and path.name.startswith('regnetx_12gf-')
    assert len(asked) == 1 and asked[0].startswith('https://') and asked[0].endswith(path.name)


def test_a_name_that_is_no_place_is_refused(tmp_path, monkeypatch):
    assert local_checkpoint('~/a.pth') == Path.home() / 'a.pth'
    for name, words in {
        'open-mmlab://nothing': 'unknown checkpoint open-mmlab://nothing',
        's3://bucket/a.pth': r'checkpoint s3://bucket/a\.pth: give a file, http',
    }.items():
        with pytest.raises(ValueError, match=words):
            local_checkpoint(name)
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    with pytest.raises(URLError):
        local_checkpoint('http://127.0.0.1:9/a.pth')


def test_runners_of_one_second_write_into_files_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr('time.strftime', lambda *_: '20260101_000000')
    one, other = (runner(tmp_path / name / 'work') for name in ('one', 'other'))
    assert one.logger is not other.logger and one.visualizer is not other.visualizer
    assert one.message_hub is not other.message_hub
    for own, name in ((one, 'one'), (other, 'other')):
        assert tmp_path / name / 'work' in Path(own.logger.log_file).parents
