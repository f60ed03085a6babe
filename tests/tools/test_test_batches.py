"""``tools/test.py`` measures the same whatever the batches, the processes and the order of the images."""

import importlib.util
import json
import multiprocessing
import os
import re
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.panoptic.png import read_panoptic_png, write_panoptic_png

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/reg_sam/clip_shapes.py')
CHECKPOINT = str(ROOT / 'seg/models/embedded/shapes_open/shapes_open.pth')
SIZES = [(128, 128), (100, 128), (128, 70), (90, 61), (33, 120), (128, 97), (64, 64), (77, 128)]


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / 'tools' / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Variables that lead to images of eight sizes, in two orders, and to the classifiers."""
    folder = tmp_path / 'data'
    sizes = ['--images', '1', '--val', str(len(SIZES)), '--size', '128', '--workers', '1']
    assert load_tool('make_shapes').run([str(folder), '--vocabulary', 'shapes_open', *sizes]) == 0
    root = folder / 'ADEChallengeData2016'
    file = root / 'ade20k_panoptic_val.json'
    content = json.loads(file.read_text())
    for image, annotation, size in zip(
        content['images'], content['annotations'], SIZES, strict=True
    ):
        _cut(root, image, annotation, *size)
    file.write_text(json.dumps(content))
    content['images'].reverse()
    (root / 'reversed.json').write_text(json.dumps(content))
    monkeypatch.setenv('SHAPES_OPEN_ROOT', str(root))
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(folder / 'embd'))
    for split in ('train', 'val'):
        assert load_tool('gen_cls').run([CONFIG, '--split', split]) == 0


def _cut(root, image, annotation, height, width):
    """Make an image and its annotation smaller, from the upper left."""
    file = root / 'images/validation' / image['file_name']
    Image.fromarray(np.asarray(Image.open(file))[:height, :width]).save(file, quality=95)
    png = root / 'ade20k_panoptic_val' / annotation['file_name']
    ids = read_panoptic_png(png)[:height, :width]
    write_panoptic_png(png, ids)
    image.update(height=height, width=width)
    areas = dict(zip(*np.unique(ids, return_counts=True), strict=True))
    annotation['segments_info'] = [
        {**segment, 'area': int(areas[segment['id']])}
        for segment in annotation['segments_info']
        if segment['id'] in areas
    ]


def quality(folder):
    (log,) = folder.rglob('*.log')
    return re.findall(r'\b([PSR]Q\w*|mIoU): ([\d.]+|nan)', log.read_text())


def as_rank(rank, port, arguments):
    """What torchrun starts, but for the imports, which a fork of this process has behind it."""
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE='2')
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=port)
    sys.exit(load_tool('test').run([*arguments, '--launcher', 'pytorch']))


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


@pytest.mark.usefixtures('place')
def test_batches_processes_and_order_change_nothing(tmp_path, capfd):
    found = {}
    for name, *changes in (
        ('1', 'batch_size=1'),
        ('3, reversed', 'batch_size=3', 'dataset.ann_file=reversed.json'),
        ('8', 'batch_size=8'),
    ):
        options = [f'test_dataloader.{change}' for change in (*changes, 'num_workers=0')]
        work = tmp_path / name
        arguments = [CONFIG, CHECKPOINT, '--work-dir', str(work), '--cfg-options', *options]
        assert load_tool('test').run(arguments) == 0, capfd.readouterr().err[-2000:]
        found[name] = quality(work)
    options = [f'test_dataloader.{change}' for change in ('batch_size=3', 'num_workers=0')]
    arguments = [CONFIG, CHECKPOINT, '--work-dir', str(tmp_path / 'two'), '--cfg-options', *options]
    fork, port = multiprocessing.get_context('fork'), free_port()
    ranks = [fork.Process(target=as_rank, args=(rank, port, arguments)) for rank in range(2)]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join(300)
    assert [rank.exitcode for rank in ranks] == [0, 0], capfd.readouterr().err[-2000:]
    found['two'] = quality(tmp_path / 'two')
    first = found.pop('1')
    assert len(first) > 8 and float(dict(first)['PQ']) > 30
    assert found == dict.fromkeys(found, first)
