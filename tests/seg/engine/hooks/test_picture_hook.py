"""What validation shows and what a test writes, with predictions of two segments."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import PixelData
from mmengine.visualization import LocalVisBackend, Visualizer

from seg.engine.hooks.picture_hook import PanopticPictureHook

METAINFO = dict(classes=('cat', 'sky'), thing_classes=('cat',))


@pytest.fixture
def data(tmp_path):
    """Ten pictures, five each in two folders, with equal names."""
    files = [tmp_path / f'in/city_{n % 2}/{n // 2}.png' for n in range(10)]
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.full((40, 60, 3), 20 * number, np.uint8))
    return files


@pytest.fixture
def runner(data, tmp_path, request):
    dataset = [dict(img_path=str(file), seg_map_path=f'{file}.truth') for file in data]
    loader = SimpleNamespace(dataset=Dataset(dataset))
    backend = LocalVisBackend(str(tmp_path / 'vis'))
    return SimpleNamespace(
        model=SimpleNamespace(num_things_classes=1),
        val_dataloader=loader,
        test_dataloader=loader,
        visualizer=Visualizer(f'pictures {request.node.name}', vis_backends=[backend]),
        iter=7,
    )


class Dataset:
    metainfo = METAINFO

    def __init__(self, samples):
        self.samples = samples

    def get_data_info(self, number):
        return self.samples[number]

    def __len__(self):
        return len(self.samples)


def prediction(file):
    panoptic = torch.ones(1, 40, 60, dtype=torch.int32)
    panoptic[0, 5:20, 5:30] = 1000
    sample = DetDataSample(metainfo=dict(img_path=str(file)))
    sample.pred_panoptic_seg = PixelData(sem_seg=panoptic)
    return sample


def batches(files, size):
    for number, first in enumerate(range(0, len(files), size)):
        yield number, [prediction(file) for file in files[first : first + size]]


@pytest.mark.parametrize('size', [1, 4, 3])
def test_each_validation_shows_the_first_pictures_once_whatever_the_batch(
    runner, data, tmp_path, size
):
    hook = PanopticPictureHook(count=6)
    for runner.iter in (7, 9):
        hook.before_val_epoch(runner)
        for number, outputs in batches(data, size):
            hook.after_val_iter(runner, number, None, outputs)
    files = [f'val_{number}_{step}.png' for number in range(6) for step in (7, 9)]
    assert sorted(path.name for path in (tmp_path / 'vis').rglob('*.png')) == files


def test_pictures_of_a_test_keep_folders_apart(runner, data, tmp_path):
    hook = PanopticPictureHook(out_dir=str(tmp_path / 'out'))
    hook.before_test(runner)
    for number, outputs in batches(data, 4):
        hook.after_test_iter(runner, number, None, outputs)
    written = sorted(str(p.relative_to(tmp_path / 'out')) for p in (tmp_path / 'out').rglob('*.*'))
    assert written == sorted(f'city_{n % 2}/{n // 2}.png.png' for n in range(10))


def test_pictures_of_a_test_beside_the_data_overwrite_nothing(runner, data, tmp_path):
    before = {file: file.read_bytes() for file in data}
    hook = PanopticPictureHook(out_dir=str(tmp_path / 'in'))
    hook.before_test(runner)
    for number, outputs in batches(data, 4):
        hook.after_test_iter(runner, number, None, outputs)
    assert {file: file.read_bytes() for file in data} == before


def test_pictures_that_would_overwrite_the_data_are_refused_before_the_test(runner, tmp_path):
    folder = tmp_path / 'in'
    truth = folder / 'city_0/0.png.png'
    runner.test_dataloader.dataset.samples[0]['seg_map_path'] = str(truth)
    with pytest.raises(ValueError, match='one of the input files'):
        PanopticPictureHook(out_dir=str(folder)).before_test(runner)
