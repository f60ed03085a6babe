import threading
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from seg.apis.frames.segmenting import segment_pictures
from seg.models.exported import ExportedMaskFormer


class NotingSegmenter:
    """Gives the mean of a picture back, and notes which threads asked and with how many cores each."""

    def __init__(self, device='cpu', model=None):
        self.device, self.model = torch.device(device), model or SimpleNamespace()
        self.askers = set()

    def __call__(self, images, batch_size=1):
        self.askers.add((threading.current_thread().name, torch.get_num_threads()))
        return [round(float(image.mean())) for image in images]


@pytest.fixture
def files(tmp_path):
    files = [tmp_path / f'{number}.png' for number in range(9)]
    for number, file in enumerate(files):
        cv2.imwrite(str(file), np.full((8, 8, 3), number, np.uint8))
    files[4].write_bytes(b'no picture')
    return files


@pytest.fixture(autouse=True)
def _six_cores():
    before = torch.get_num_threads()
    torch.set_num_threads(6)
    yield
    torch.set_num_threads(before)


def segmented(segmenter, files, **kwargs):
    found, skipped = [], []
    segment_pictures(
        segmenter, files, lambda file, of: found.append((file, of)), skipped.append, **kwargs
    )
    return found, skipped


@pytest.mark.parametrize('batch_size', [1, 2])
def test_on_cpus_several_models_share_the_cores_and_pictures_stay_in_order(files, batch_size):
    segmenter = NotingSegmenter()
    found, skipped = segmented(segmenter, files, batch_size=batch_size)
    assert found == [(file, n) for n, file in enumerate(files) if n != 4]
    assert len(skipped) == 1 and '4.png' in str(skipped[0])
    names = {name for name, _ in segmenter.askers}
    assert names <= {f'worker_{n}' for n in range(4 // batch_size)}
    assert {cores for _, cores in segmenter.askers} <= ({1, 2} if batch_size == 1 else {3})
    assert torch.get_num_threads() == 6
    thread = threading.Thread(target=lambda: names.add(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert 6 in names  # of threads that are made later


def test_all_cores_are_shared_out(files):
    meeting = threading.Barrier(4, timeout=20)

    class Meeting(NotingSegmenter):
        def __call__(self, images, batch_size=1):
            meeting.wait()
            return super().__call__(images, batch_size)

    segmenter = Meeting()
    assert len(segmented(segmenter, files)[0]) == 8
    assert sorted(cores for _, cores in segmenter.askers) == [1, 1, 2, 2]


def test_a_large_batch_has_all_cores_and_no_other_beside_it(files):
    segmenter = NotingSegmenter()
    assert len(segmented(segmenter, files, batch_size=3)[0]) == 8
    assert segmenter.askers == {('MainThread', 6)}


@pytest.mark.parametrize(
    'kind', [dict(device='meta'), dict(model=object.__new__(ExportedMaskFormer))]
)
def test_devices_and_other_runtimes_get_one_picture_after_the_other(files, kind):
    segmenter = NotingSegmenter(**kind)
    assert len(segmented(segmenter, files)[0]) == 8
    assert segmenter.askers == {('MainThread', 6)}


def test_cores_are_given_back_where_a_model_fails(files):
    class Failing(NotingSegmenter):
        def __call__(self, images, batch_size=1):
            raise RuntimeError('a fault')

    with pytest.raises(RuntimeError, match='a fault'):
        segmented(Failing(), files)
    assert torch.get_num_threads() == 6
