import numpy as np
import pytest
from PIL import Image

from seg.panoptic.png import (
    MAX_ID,
    decode,
    encode,
    read_panoptic_png,
    write_panoptic_png,
)

IDS = np.array([[0, 1, 255], [256, 65536, MAX_ID]])


def test_an_id_is_red_plus_256_green_plus_65536_blue():
    assert decode(np.array([[[1, 2, 3]]], np.uint8)) == 1 + 256 * 2 + 65536 * 3
    assert encode(np.array([[1 + 256 * 2 + 65536 * 3]])).tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize('dtype', [np.int32, np.int64, np.uint32])
def test_files_read_back_to_the_ids_written(tmp_path, dtype):
    write_panoptic_png(tmp_path / 'a.png', IDS.astype(dtype))
    ids = read_panoptic_png(tmp_path / 'a.png')
    assert ids.dtype == np.int32
    np.testing.assert_array_equal(ids, IDS)


@pytest.mark.parametrize('ids', [[[-1, 0]], [[0, MAX_ID + 1]]])
def test_ids_that_do_not_fit_are_refused(ids):
    with pytest.raises(ValueError, match='do not fit a panoptic PNG'):
        encode(np.array(ids))


def test_truncated_files_are_named(tmp_path):
    file = tmp_path / 'a.png'
    write_panoptic_png(file, np.random.default_rng(0).integers(0, MAX_ID, (64, 64)))
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r'a\.png cannot be read: .*truncated'):
        read_panoptic_png(file)


def test_files_that_are_no_images_are_named(tmp_path):
    (tmp_path / 'a.png').write_text('hello')
    with pytest.raises(ValueError, match=r'panoptic PNG .*a\.png cannot be read'):
        read_panoptic_png(tmp_path / 'a.png')


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'a\.png does not exist'):
        read_panoptic_png(tmp_path / 'a.png')


def test_images_of_another_kind_are_refused(tmp_path):
    Image.fromarray(np.zeros((2, 2), np.uint8)).save(tmp_path / 'a.png')
    with pytest.raises(ValueError, match='its mode is L, expected RGB'):
        read_panoptic_png(tmp_path / 'a.png')
