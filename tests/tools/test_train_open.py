"""Open vocabulary from data to PQ of seen and unseen classes, with a tiny CLIP of random weights."""

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from ext.class_names import shapes_open

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/reg_sam/clip_shapes.py')
BASE, OPEN = 'ShapesBasePanopticDataset', 'ShapesOpenPanopticDataset'


def load_tool(name, folder='tools'):
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def options(tiny_clip, tiny_checkpoint, tmp_path_factory):
    """Data on disk, and what makes the config as small as it gets."""
    folder = tmp_path_factory.mktemp('open')
    sizes = ['--images', '8', '--val', '4', '--size', '64', '--workers', '1']
    assert load_tool('make_shapes').run([str(folder), '--vocabulary', 'shapes_open', *sizes]) == 0
    loaders = [
        f'{loader}_dataloader.{key}={value}'
        for loader in ('train', 'val', 'test')
        for key, value in (
            ('num_workers', 0),
            ('persistent_workers', False),
            ('dataset.data_root', folder / 'ADEChallengeData2016'),
        )
    ]
    return [
        *loaders,
        'train_dataloader.batch_size=4',
        'train_cfg.max_epochs=2',
        'train_cfg.val_interval=1',
        f'model.backbone.model_name={tiny_clip}',
        f'model.backbone.init_cfg.checkpoint={tiny_checkpoint}',
        'model.neck.in_channels=[24,32,48,64]',
        'model.neck.out_channels=32',
        'model.panoptic_head.in_channels=32',
        'model.panoptic_head.num_queries=10',
        'model.test_cfg.object_mask_thr=0.05',
        'default_hooks.logger.interval=1',
        'templates=simple',
    ]


@pytest.fixture(scope='module')
def both(options, tmp_path_factory):
    """Folder of both classifiers, made from the one config."""
    folder = tmp_path_factory.mktemp('embd')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RPS_CLASSIFIER_ROOT', str(folder))
        for split in ('train', 'val'):
            command = [CONFIG, '--split', split, '--no-cache', '--cfg-options', *options]
            assert load_tool('gen_cls').run(command) == 0
    return folder


@pytest.fixture
def classifiers(both, tmp_path, monkeypatch):
    """A copy of them, where they are looked for."""
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(tmp_path / 'embd'))
    return Path(shutil.copytree(both, tmp_path / 'embd'))


def metrics(folder):
    (log,) = folder.glob('*/*.log')
    return re.findall(
        r'Epoch\((?:val|test)\).*?\bPQ: ([\d.]+).*PQ_unseen: ([\d.]+|nan)', log.read_text()
    )


def test_each_split_gives_the_classifier_of_its_dataset(classifiers, tiny_clip):
    for dataset, things in ((BASE, shapes_open.BASE), (OPEN, shapes_open.THINGS)):
        manifest = json.loads((classifiers / f'{tiny_clip}_{dataset}.json').read_text())
        assert manifest['classes'] == [*things, *shapes_open.STUFF]


@pytest.mark.slow
def test_training_on_base_classes_is_validated_and_tested_on_unseen_ones_too(
    options, classifiers, tmp_path, capsys
):
    work = tmp_path / 'work'
    code = load_tool('train').run([CONFIG, '--work-dir', str(work), '--cfg-options', *options])
    assert code == 0, capsys.readouterr().err[-2000:]
    validated = metrics(work)
    assert len(validated) == 2  # and the second epoch trained on the base classes again
    tested = tmp_path / 'test'
    folders = ['--work-dir', str(tested), '--show-dir', str(tmp_path / 'pictures')]
    code = load_tool('test').run(
        [CONFIG, str(work / 'epoch_2.pth'), *folders, '--cfg-options', *options]
    )
    assert code == 0, capsys.readouterr().err[-2000:]
    assert metrics(tested) == validated[-1:]
    assert len(list((tmp_path / 'pictures').iterdir())) == 4

    # The ablation, on pictures of its own.
    checkpoint, few = str(work / 'epoch_2.pth'), ['--val', '4', '--size', '64']
    capsys.readouterr()
    code = load_tool('open_vocabulary', 'benchmarks').run(
        [checkpoint, '--random', checkpoint, *few, '--cfg-options', *options]
    )
    out, err = capsys.readouterr()
    assert code == 0, err[-2000:]
    rows = [re.split(r'  +', line) for line in out.splitlines()]
    table = {(row[0], row[1]): row[3:] for row in rows if len(row) == 6}
    assert set(table) >= {
        (embeddings, scores)
        for embeddings in ('CLIP', 'random')
        for scores in ('head alone', 'CLIP alone', 'both')
    }
    pq, _, unseen = table['CLIP', 'both']
    assert [(float(pq), float(unseen))] == [tuple(map(float, pair)) for pair in validated[-1:]]


def test_a_missing_evaluation_classifier_is_one_line_before_the_first_batch(
    options, classifiers, tiny_clip, tmp_path, capsys
):
    (classifiers / f'{tiny_clip}_{OPEN}.pth').unlink()
    code = load_tool('train').run(
        [CONFIG, '--work-dir', str(tmp_path / 'work'), '--cfg-options', *options]
    )
    err = capsys.readouterr().err
    assert code == 1 and err.count('\n') == 1
    assert 'clip_shapes.py --split val' in err
    assert not (tmp_path / 'work').exists()
