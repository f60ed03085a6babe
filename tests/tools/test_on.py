"""``tools/test.py --on``: one checkpoint on every test set, each in its layout on disk."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import layouts
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from seg.apis.config.derive import derive_classes
from seg.apis.config.read import read_config
from seg.apis.zero_shot import test_sets
from seg.registry import MODELS

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/reg_sam/regnet_coco.py')
MODEL = 'ViT-S-32-alt'  # the smallest text tower of open_clip's registry
CLASSES = dict(
    ade20k=150,
    ade20k_full=847,
    cityscapes=19,
    coco=133,
    coco_stuff=171,
    lvis=1203,
    mapillary_vistas=65,
    pc459=459,
    pc59=59,
    voc20=20,
    voc21=21,
)


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / 'tools' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """The test sets, a random checkpoint of a small model of COCO's classes, and options for it."""
    import open_clip

    folder = tmp_path_factory.mktemp('on')
    variables = layouts.write_all(folder) | {'RPS_CLASSIFIER_ROOT': str(folder / 'embd')}
    options = [
        *('model.backbone.arch=regnetx_400mf', 'model.backbone.init_cfg=None'),
        'model.backbone.norm_eval=False',
        *('model.neck.in_channels=[32,64,160,384]', 'model.neck.out_channels=32'),
        *('model.panoptic_head.in_channels=32', 'model.panoptic_head.num_queries=12'),
        *('model.panoptic_head.num_stages=1', 'model.test_cfg.object_mask_thr=0.0'),
        *(f'text_model.model_name={MODEL}', 'templates=simple'),
        f'text_model.init_cfg.checkpoint={folder / "clip.safetensors"}',
    ]
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        for name, value in variables.items():
            patch.setenv(name, value)
        torch.manual_seed(0)
        save_file(open_clip.create_model(MODEL).state_dict(), folder / 'clip.safetensors')
        assert load_tool('gen_cls').run([CONFIG, '--cfg-options', *options]) == 0
        cfg = read_config(CONFIG, options)
        derive_classes(cfg)
        state = MODELS.build(cfg.model).state_dict()
        torch.save(dict(state_dict=state, meta={}), folder / 'model.pth')
        yield folder, options, variables


@pytest.fixture
def small(monkeypatch):
    """Pictures stay small: those of the tests have 40 x 56 pixels."""
    read = test_sets._read

    def read_small(name, known):
        found = read(name, known)
        found.cfg.test_dataloader.dataset.pipeline[1].scale = (96, 64)
        return found

    monkeypatch.setattr(test_sets, '_read', read_small)


@pytest.fixture
def run(place, monkeypatch, capsys):
    folder, options, variables = place
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def run(*arguments, work=folder / 'work', checkpoint=folder / 'model.pth'):
        words = [CONFIG, str(checkpoint), '--work-dir', str(work), '--on', *arguments]
        code = load_tool('test').run([*words, '--cfg-options', *options])
        return code, *capsys.readouterr()

    return run


def results(work):
    return {
        own['name']: own for own in json.loads((work / 'test_sets.json').read_text())['test_sets']
    }


@pytest.mark.slow
def test_every_test_set_is_measured_once(place, run, small, monkeypatch):
    folder, *_ = place
    code, out, err = run('all')
    assert code == 0, (out[-3000:], err[-3000:])
    found = results(folder / 'work')
    assert {name: own['classes'] for name, own in found.items()} == CLASSES
    for name, own in found.items():
        assert own['images'] == 2 and not own['error'], name
        expected = {'lvis': {'AP', 'APr'}, 'coco': {'PQ', 'mIoU', 'AP'}}.get(name, {'mIoU'})
        assert expected <= own['metrics'].keys(), name
        assert all(v is None or 0 <= v <= 100 for v in own['metrics'].values())
    assert found['ade20k']['seen'] == 84 and 'PQ_unseen' in found['ade20k']['metrics']
    assert found['coco']['seen'] == 133 and 'PQ_unseen' not in found['coco']['metrics']
    assert 'AP_unseen' in found['lvis']['metrics']
    table = (folder / 'work/test_sets.md').read_text()
    assert table.splitlines()[0].startswith('| test set') and table.count('\n') == 2 + len(CLASSES)
    assert '84 of 150' in out and 'test_sets.md' in out.splitlines()[-1]

    code, out, err = run('ade20k', 'voc20')  # again: nothing is to be done
    assert code == 0 and out.count('measured before') == 2 and 'testing' not in out
    assert results(folder / 'work') == found

    # One set fails, one is not there: the others lose nothing.
    monkeypatch.setenv('CITYSCAPES_ROOT', str(folder / 'nowhere'))
    label = folder / 'VOCdevkit/VOC2012/SegmentationClass/2007_000001.png'
    whole = label.read_bytes()
    label.write_bytes(whole[:60])
    code, out, err = run('voc21', 'cityscapes', 'pc59', work=folder / 'broken')
    label.write_bytes(whole)
    assert code == 1
    assert f'cityscapes: not on disk, {folder / "nowhere"} does not exist; passed over' in out
    assert 'voc21 failed: ' in out and '2007_000001.png' in out.splitlines()[-2]
    assert results(folder / 'broken')['pc59']['metrics'] == found['pc59']['metrics']
    code, out, err = run('voc21', 'pc59', work=folder / 'broken')  # mended: it goes on
    assert code == 0 and 'pc59: measured before' in out
    assert results(folder / 'broken')['voc21']['metrics'] == found['voc21']['metrics']


def test_two_processes_measure_what_one_does(place, run):
    folder, options, _ = place
    code, _, err = run('ade20k', work=folder / 'one')
    assert code == 0, err[-3000:]
    command = ['bash', ROOT / 'tools/dist_test.sh', CONFIG, folder / 'model.pth', '2']
    command += ['--on', 'ade20k', '--work-dir', folder / 'two', '--cfg-options', *options]
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, 'PYTHON': sys.executable, 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    one, two = (results(folder / name)['ade20k'] for name in ('one', 'two'))
    assert two['images'] == 2
    assert two['metrics'] == pytest.approx(one['metrics'], abs=1e-3)


def test_a_semantic_set_is_what_its_label_images_say(place, run, small):
    """The mIoU of PC59 by a slow loop over the predictions of the same model."""
    folder, options, _ = place
    from seg.apis.config.classifier import vocabulary_from_config
    from seg.apis.runner import build_runner
    from seg.apis.zero_shot.test_sets import config_on, find_test_sets

    code, _, err = run('pc59')
    assert code == 0, err[-3000:]
    (test_set,) = find_test_sets(['pc59'])
    words = vocabulary_from_config(test_set.cfg, 'test')
    cfg = config_on(read_config(CONFIG, options), test_set, words.dataset_name)
    runner = build_runner(cfg, work_dir=str(folder / 'loop'), load_from=str(folder / 'model.pth'))
    runner.load_or_resume()
    runner.call_hook('before_run')
    runner.test_loop.runner.call_hook('before_test')
    runner.model.eval()
    both, either, true_pixels = np.zeros(59), np.zeros(59), np.zeros(59)
    for batch in runner.test_loop.dataloader:
        with torch.no_grad():
            (sample,) = runner.model.test_step(batch)
        pred = sample.pred_sem_seg.sem_seg[0].numpy()
        true = np.asarray(Image.open(sample.sem_seg_path))
        for label in range(59):
            both[label] += ((pred == label) & (true == label)).sum()
            either[label] += (((pred == label) | (true == label)) & (true != 255)).sum()
            true_pixels[label] += (true == label).sum()
    expected = 100 * np.mean((both / np.maximum(either, 1))[true_pixels > 0])
    assert results(folder / 'work')['pc59']['metrics']['mIoU'] == pytest.approx(expected, abs=1e-3)


def test_what_is_no_test_set_is_one_line(run, tmp_path):
    (tmp_path / 'mine.py').write_text('outputs = dict()\n')
    (tmp_path / 'test_sets.json').write_text('[')
    (tmp_path / 'voc20.py').write_text(
        'test_dataloader = test_evaluator = outputs = dict(dataset=dict(type="A"))\n'
    )
    for arguments, words in (
        (
            dict(names=['nonsense']),
            "test set 'nonsense' is none of ade20k, ade20k_full, cityscapes",
        ),
        (dict(names=[str(tmp_path / 'mine.py')]), 'has no test_dataloader and no test_evaluator'),
        (
            dict(names=['voc20', str(tmp_path / 'voc20.py')]),
            'two test sets are called voc20; rename',
        ),
        (dict(names=['voc20'], checkpoint=tmp_path / 'none.pth'), 'none.pth does not exist'),
        (dict(names=['voc20'], work=tmp_path), 'holds no results of test sets'),
    ):
        code, _, err = run(*arguments.pop('names'), **arguments)
        assert code == 1 and words in err and err.count('\n') == 1


def test_what_another_model_measured_does_not_stand_and_is_in_no_table_of_this(
    place, run, small, tmp_path
):
    folder, *_ = place
    other = torch.load(folder / 'model.pth', weights_only=True)
    other['state_dict']['panoptic_head.kernels.weight'] += 1
    torch.save(other, tmp_path / 'other.pth')
    for names, checkpoint in ((['voc20', 'voc21'], 'model.pth'), (['voc20'], 'other.pth')):
        path = (folder if checkpoint == 'model.pth' else tmp_path) / checkpoint
        code, out, _ = run(*names, work=tmp_path, checkpoint=path)
        assert code == 0 and 'measured before' not in out
    rows = json.loads((tmp_path / 'test_sets.json').read_text())['test_sets']
    assert [own['name'] for own in rows] == ['voc20', 'voc21', 'voc20']
    assert len({own['model'] for own in rows}) == 2
    assert 'voc21' not in (tmp_path / 'test_sets.md').read_text()
    code, out, _ = run('voc20', 'voc21', work=tmp_path)  # the first model's stand
    assert code == 0 and out.count('measured before') == 2


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (['--again'], '--again needs --on'),
        (
            ['--on', 'voc20', '--show-dir', 'pictures'],
            "--show-dir is for the config's own test set",
        ),
        (['--on', 'voc20', '--verbose'], "--verbose is for the config's own test set"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(options, words, capsys):
    with pytest.raises(SystemExit) as ended:
        load_tool('test').run([CONFIG, 'model.pth', *options])
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_a_checkpoint_of_another_model_fails_on_each_set_in_one_line(run, small, tmp_path):
    torch.save(dict(state_dict={'other': torch.zeros(1)}, meta={}), tmp_path / 'other.pth')
    code, out, _ = run('voc20', 'pc59', work=tmp_path, checkpoint=tmp_path / 'other.pth')
    assert code == 1 and out.count('was not made by this config') == 2
