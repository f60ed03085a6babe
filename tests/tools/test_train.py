"""``tools/train.py`` and ``tools/test.py`` from data to PQ, on a tiny synthetic data set."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/reg_sam/regnet_shapes.py'
MODEL = 'tiny_test_clip'
NAME = f'{MODEL}_ShapesPanopticDataset'


def load_tool(name, folder='tools'):
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp('shapes')
    options = [str(folder), '--images', '16', '--val', '4', '--size', '64', '--workers', '1']
    assert load_tool('make_shapes').run(options) == 0
    return folder / 'ADEChallengeData2016'


@pytest.fixture(scope='module')
def classifiers(tiny_clip, tiny_checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp('embd')
    options = ['--model', tiny_clip, '--checkpoint', str(tiny_checkpoint), '--out-dir', str(folder)]
    options += ['--templates', 'simple', '--no-cache']
    assert load_tool('gen_cls').run([str(CONFIG), *options]) == 0
    return folder


@pytest.fixture
def settings(data, classifiers, monkeypatch):
    """Options that make the shapes config as small as it gets."""
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(classifiers))
    loaders = [
        f'{loader}_dataloader.{key}={value}'
        for loader in ('train', 'val', 'test')
        for key, value in (
            ('num_workers', 0),
            ('persistent_workers', False),
            ('dataset.data_root', data),
        )
    ]
    return [
        *loaders,
        'train_dataloader.batch_size=4',
        'train_cfg.max_epochs=1',
        'train_cfg.val_interval=1',
        'model.neck.out_channels=32',
        'model.panoptic_head.in_channels=32',
        'model.panoptic_head.num_queries=10',
        f'model.panoptic_head.ov_classifier_name={NAME}',
        'default_hooks.logger.interval=1',
    ]


def start(tool, *args, processes=1):
    command = [sys.executable]
    if processes > 1:
        command += ['-m', 'torch.distributed.run', '--standalone', f'--nproc_per_node={processes}']
    command += [str(ROOT / f'tools/{tool}.py'), *map(str, args)]
    command += ['--launcher', 'pytorch'] if processes > 1 else []
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ)


def losses(text):
    """Iteration to loss, as the log tells it."""
    found = re.findall(r'Epoch\(train\)\s+\[(\d+)\]\[\s*(\d+)/\d+\].*?\bloss: ([\d.]+)', text)
    return {(int(e), int(i)): float(loss) for e, i, loss in found}


def pq(text):
    return float(re.findall(r'\bPQ: ([\d.]+)', text)[-1])


@pytest.mark.slow
def test_training_saves_a_checkpoint_that_tests_to_the_same_pq_and_takes_new_words(
    settings, data, tiny_clip, tiny_checkpoint, tmp_path, capsys
):
    done = start('train', CONFIG, '--work-dir', tmp_path / 'work', '--cfg-options', *settings)
    assert done.returncode == 0, done.stderr[-2000:]
    checkpoint = tmp_path / 'work/epoch_1.pth'
    assert checkpoint.exists() and len(losses(done.stdout + done.stderr)) == 4
    assert list((tmp_path / 'work').rglob('events.out.tfevents.*'))
    tested = start(
        'test',
        *(CONFIG, checkpoint, '--work-dir', tmp_path / 'test'),
        *('--show-dir', tmp_path / 'pictures', '--cfg-options', *settings),
    )
    assert tested.returncode == 0, tested.stderr[-2000:]
    assert pq(tested.stdout + tested.stderr) == pq(done.stdout + done.stderr)
    assert len(list((tmp_path / 'pictures').iterdir())) == 4

    demo = load_tool('image_demo', 'demo')
    images, out = data / 'images/validation', tmp_path / 'out'
    text_model = [
        f'text_model.model_name={tiny_clip}',
        f'text_model.init_cfg.checkpoint={tiny_checkpoint}',
        'templates=simple',
    ]
    code = demo.run(
        [
            *(str(images), str(CONFIG), str(checkpoint), '--out-dir', str(out)),
            *('--classes', 'red circle,disc; zebra', '--stuff', 'meadow;'),
            *('--cfg-options', *settings, *text_model),
        ]
    )
    assert code == 0, capsys.readouterr().err
    records = [json.loads(file.read_text()) for file in sorted(out.glob('*.json'))]
    assert len(records) == len(list(out.glob('*.png'))) == 4
    assert {s['name'] for record in records for s in record} <= {'red circle', 'zebra', 'meadow'}
    code = demo.run([str(tmp_path / 'none.jpg'), str(CONFIG), str(checkpoint)])
    assert code == 1 and 'none.jpg does not exist' in capsys.readouterr().err


@pytest.mark.slow
def test_two_processes_train_and_resume(settings, tmp_path):
    work = ['--work-dir', tmp_path / 'work']
    done = start('train', CONFIG, *work, '--cfg-options', *settings, processes=2)
    assert done.returncode == 0, done.stderr[-2000:]
    longer = ['train_cfg.max_epochs=2' if 'max_epochs' in s else s for s in settings]
    resumed = start('train', CONFIG, *work, '--resume', '--cfg-options', *longer, processes=2)
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    seen = losses(resumed.stdout + resumed.stderr)
    assert {epoch for epoch, _ in seen} == {2}
    assert (tmp_path / 'work/epoch_2.pth').exists()


@pytest.fixture
def train(capsys, tmp_path):
    tool = load_tool('train')

    def run(*options):
        code = tool.run(
            [str(CONFIG), '--work-dir', str(tmp_path / 'work'), '--cfg-options', *options]
        )
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ('option', 'words'),
    [
        (
            'model.panoptic_head.ov_classifier_name=tiny_test_clip_Missing_ShapesPanopticDataset',
            'does not exist; make it with: python tools/gen_cls.py',
        ),
        (
            'model.panoptic_head.ov_classifier_name=tiny_test_clip_ADE20KPanopticDataset',
            'the name should end in _ShapesPanopticDataset',
        ),
        ('model.panoptic_head.num_things_classes=9', 'num_things_classes is 9, but'),
        ('model.panoptic_head.num_stuff_classes=5', 'num_stuff_classes is 5, but'),
        ('train_dataloader.dataset.metainfo.classes=("cat","dog")', 'was made for other classes'),
        ('train_dataloader.dataset.data_root=/no/such', '/no/such does not exist'),
    ],
)
def test_what_does_not_fit_together_is_one_line_before_the_first_batch(
    train, settings, tmp_path, option, words
):
    code, err = train(*settings, option)
    assert code == 1 and words in err
    assert err.count('\n') == 1 and err.startswith('error: ')
    assert not (tmp_path / 'work').exists()


def test_a_missing_checkpoint_is_one_line(settings, tmp_path, capsys):
    tool = load_tool('test')
    code = tool.run([str(CONFIG), str(tmp_path / 'none.pth'), '--cfg-options', *settings])
    err = capsys.readouterr().err
    assert code == 1 and 'checkpoint' in err and 'none.pth does not exist' in err
