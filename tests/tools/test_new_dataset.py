"""A data set of one's own: one file of names, one config, and every command takes it."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = """
DATASET_NAME = 'Toys'
THINGS = (
    'red circle,crimson ball', 'green square', 'blue triangle', 'yellow star', 'purple cross',
    'orange ring', 'pink heart', 'striped hexagon', 'checkered diamond', 'spotted ellipse',
)
STUFF = ('grass,lawn', 'sky', 'sand', 'brick wall')
"""
CONFIG = """
from mmengine.config import read_base

from seg.datasets import PanopticOVDataset

with read_base():
    from .regnet_shapes import *

for loader in (train_dataloader, val_dataloader):
    loader.dataset.update(dict(type=PanopticOVDataset, vocabulary='toys'))
    loader.update(dict(num_workers=0))
test_dataloader = val_dataloader
train_dataloader.update(dict(batch_size=2))
train_cfg.update(dict(max_epochs=1))
model.neck.update(dict(out_channels=32))
model.panoptic_head.update(dict(in_channels=32, num_queries=20))
model.test_cfg.update(dict(object_mask_thr=0.0))
templates = 'simple'
"""


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / 'tools' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the two files and the configs that they go on from; Python looks there, too."""
    shutil.copytree(ROOT / 'configs', tmp_path / 'configs')
    (tmp_path / 'configs/reg_sam/regnet_toys.py').write_text(CONFIG)
    (tmp_path / 'toys.py').write_text(NAMES)
    monkeypatch.setenv('SHAPES_ROOT', str(tmp_path / 'data'))
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(tmp_path / 'embd'))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop('toys', None)


@pytest.mark.slow
def test_one_file_of_names_and_one_config_make_a_data_set(place, capsys):
    config = place / 'configs/reg_sam/regnet_toys.py'

    def run(tool, *arguments):
        code = load_tool(tool).run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == 0, err[-2000:]
        return out

    def log(folder):
        (file,) = folder.glob('*/*.log')
        return file.read_text()

    run('make_shapes', place / 'data', '--images', '4', '--val', '2', '--size', '64')
    assert f'saved:      {place}/embd/shapes_clip_Toys.pth' in run('gen_cls', config)
    # As whoever has the folder on PYTHONPATH starts it.
    checked = subprocess.run(
        [sys.executable, str(ROOT / 'tools/check_ade_files.py'), '--config', str(config)],
        env={**os.environ, 'PYTHONPATH': f'{place}:{ROOT}'},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr[-2000:]
    assert 'Toys (10 things, 4 stuff)' in checked.stdout
    run('train', config, '--work-dir', place / 'work')
    run('test', config, place / 'work/epoch_1.pth', '--work-dir', place / 'tested')
    trained, tested = log(place / 'work'), log(place / 'tested')
    assert 'Saving checkpoint at 1 epochs' in trained
    quality = [re.findall(r' PQ: ([\d.]+)', text)[-1] for text in (trained, tested)]
    assert quality[0] == quality[1]
    assert 'red circle' in tested  # the table of classes
