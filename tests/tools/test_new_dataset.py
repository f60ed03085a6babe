"""A data set of one's own: one file of names, one config, and every command takes it."""

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
model.test_cfg.update(dict(object_mask_thr=0.0))
templates = 'simple'
"""


@pytest.mark.slow
def test_one_file_of_names_and_one_config_make_a_data_set(tmp_path):
    shutil.copytree(ROOT / 'configs', tmp_path / 'configs')
    config = tmp_path / 'configs/reg_sam/regnet_toys.py'
    config.write_text(CONFIG)
    (tmp_path / 'toys.py').write_text(NAMES)
    environment = {
        **os.environ,
        'PYTHONPATH': f'{tmp_path}:{ROOT}',
        'SHAPES_ROOT': str(tmp_path / 'data'),
        'RPS_CLASSIFIER_ROOT': str(tmp_path / 'embd'),
    }

    def run(tool, *arguments):
        command = [sys.executable, ROOT / 'tools' / tool, *arguments]
        done = subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    run('make_shapes.py', tmp_path / 'data', '--images', '4', '--val', '2', '--size', '64')
    assert f'saved:      {tmp_path}/embd/shapes_clip_Toys.pth' in run('gen_cls.py', config)
    assert 'Toys (10 things, 4 stuff)' in run('check_ade_files.py', '--config', config)
    trained = run('train.py', config, '--work-dir', tmp_path / 'work')
    assert (
        re.search(r'Epoch\(train\) +\[1\]', trained) or 'Saving checkpoint at 1 epochs' in trained
    )
    tested = run(
        'test.py', config, tmp_path / 'work/epoch_1.pth', '--work-dir', tmp_path / 'tested'
    )
    quality = [re.findall(r' PQ: ([\d.]+)', text)[-1] for text in (trained, tested)]
    assert quality[0] == quality[1]
    assert 'red circle' in tested  # the table of classes
