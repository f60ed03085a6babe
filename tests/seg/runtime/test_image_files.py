"""The reader of pictures: stored or upright pixels, every mode, and errors that name the file."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from seg.runtime.image_files import (
    UnreadableImageError,
    as_stored,
    explaining_transforms,
    picture_path,
    picture_pixels,
    read_image,
    read_image_header,
)


def picture(size=(6, 8)):
    return np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)


def write_turned(path, orientation, pixels=None, **options):
    tags = Image.Exif()
    tags[0x0112] = orientation
    image = Image.fromarray(picture() if pixels is None else pixels)
    image.save(path, exif=tags.tobytes(), **options)
    return path


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp'])
def test_an_orientation_tag_is_followed_only_on_request(tmp_path, orientation, suffix):
    path = write_turned(tmp_path / f'a.{suffix}', orientation)
    with Image.open(path) as image:
        stored = np.asarray(image.convert('RGB'))
        upright = np.asarray(ImageOps.exif_transpose(image).convert('RGB'))
    np.testing.assert_array_equal(read_image(path)[..., ::-1], stored)
    np.testing.assert_array_equal(read_image(path, upright=True)[..., ::-1], upright)
    for decode in (False, True):
        header = read_image_header(path, decode=decode)
        assert header == ((8, 6), 'RGB', orientation)
        assert header.is_turned == (orientation > 1)
        assert header.upright_size == upright.shape[1::-1]
    np.testing.assert_array_equal(as_stored(upright, orientation), stored)


def test_pixels_are_those_that_opencv_reads(tmp_path):
    path = tmp_path / 'a.jpg'
    Image.fromarray(picture((48, 64))).save(path)
    np.testing.assert_array_equal(read_image(path), cv2.imread(str(path)))


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'RGBA', 'CMYK'])
def test_every_mode_becomes_bgr(tmp_path, mode):
    image = Image.fromarray(picture()).convert(mode)
    path = tmp_path / 'a.tif'
    image.save(path)
    np.testing.assert_array_equal(read_image(path)[..., ::-1], np.asarray(image.convert('RGB')))


def test_of_16_bits_the_upper_8_are_kept(tmp_path):
    values = np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / 'a.png')
    expected = np.repeat((values >> 8)[..., None], 3, axis=2)
    np.testing.assert_array_equal(read_image(tmp_path / 'a.png'), expected)


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp', 'bmp'])
@pytest.mark.parametrize('share', [0, 0.5])
def test_an_empty_or_cut_file_is_named(tmp_path, suffix, share):
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(picture((48, 64))).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UnreadableImageError, match=rf'image .*a\.{suffix} cannot be read: \w+'):
        read_image(path)
    with pytest.raises(UnreadableImageError, match=rf'a\.{suffix} cannot be read'):
        read_image_header(path, decode=True)


def test_what_is_no_picture_or_not_there_is_named(tmp_path):
    (tmp_path / 'a.jpg').write_text('no picture')
    with pytest.raises(UnreadableImageError, match=r'a\.jpg cannot be read: no picture$'):
        read_image(tmp_path / 'a.jpg')
    for read in (read_image, read_image_header):
        with pytest.raises(FileNotFoundError, match=r'image .*b\.jpg does not exist'):
            read(tmp_path / 'b.jpg')


def test_a_picture_that_cannot_be_resized_is_named():
    pixels = np.zeros((1, 6000, 3), np.uint8)
    message = r'^image a\.jpg cannot be transformed: .*\S$'
    with pytest.raises(UnreadableImageError, match=message), explaining_transforms('a.jpg'):
        cv2.resize(pixels, (640, 0))


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'RGBA', 'CMYK', 'I;16'])
def test_a_pil_image_of_any_mode_is_the_same_as_its_file(tmp_path, mode):
    values = np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8)
    image = Image.fromarray(values if mode == 'I;16' else picture())
    image = image if mode == 'I;16' else image.convert(mode)
    image.save(tmp_path / 'a.tif')
    np.testing.assert_array_equal(picture_pixels(image), read_image(tmp_path / 'a.tif'))


def test_a_persons_own_picture_is_upright_from_a_file_and_from_pil(tmp_path):
    path = write_turned(tmp_path / 'a.png', 6)
    upright = read_image(path, upright=True)
    for given in (path, str(path), Image.open(path)):
        np.testing.assert_array_equal(picture_pixels(given), upright)


def test_the_file_of_a_picture_is_known_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(picture()).save('a.png')
    for given in ('a.png', tmp_path / 'a.png', Image.open('a.png')):
        assert picture_path(given) == tmp_path / 'a.png'
    with Path('a.png').open('rb') as file:
        assert picture_path(Image.open(file)) is None
    assert picture_path(picture()) is None and picture_path(Image.fromarray(picture())) is None


def test_a_pil_image_that_is_cut_is_refused_in_one_line(tmp_path):
    Image.fromarray(picture((64, 64))).save(tmp_path / 'a.jpg')
    (tmp_path / 'cut.jpg').write_bytes((tmp_path / 'a.jpg').read_bytes()[:-400])
    with pytest.raises(UnreadableImageError, match=r'image given cannot be read: .*truncated'):
        picture_pixels(Image.open(tmp_path / 'cut.jpg'))
