"""Labels of a picture that its EXIF tag turns, and of one that is of another size."""

import json

import numpy as np
import pytest
from PIL import Image, ImageOps

from seg.datasets.own.prepare_picture import PictureTask, Rules, prepare_picture
from seg.datasets.own.read import read_source
from seg.datasets.own.source import Mark, Marks, Picture, Settings
from seg.panoptic.png import read_panoptic_png

STORED = (6, 9)  # height, width
NOTE = 'its EXIF tag turns it; labels count as drawn on '


def write_turned(path, orientation, size=STORED):
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.zeros((*size, 3), np.uint8)).save(path, exif=exif)
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).size[::-1]


def prepared(tmp_path, picture, read_marks):
    """The pixels that are marked in the PNG, None if there is none, and what is odd."""
    task = PictureTask(read_marks, tmp_path / 'out', Rules(), 'key', (1,), (True,), {1: (9, 8, 7)})
    own = prepare_picture(task, picture._replace(split='train'))
    if own.entries is None:
        return None, own.odd
    png = tmp_path / 'out/panoptic_train' / own.entries[1]['file_name']
    assert (
        prepare_picture(task, picture._replace(split='train')) == own
    )  # as an earlier run wrote it
    return read_panoptic_png(png) > 0, own.odd


def upright_mask(size):
    mask = np.zeros(size, bool)
    mask[0, :3] = mask[1, 0] = True
    return mask


def stored(mask, orientation):
    """The pixels as stored, by turning the place of each as a viewer does."""
    size = mask.shape if orientation < 5 else mask.shape[::-1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    places = Image.fromarray(np.arange(mask.size, dtype=np.uint8).reshape(size))
    places.info['exif'] = exif.tobytes()
    found = np.zeros(mask.size, bool)
    found[np.asarray(ImageOps.exif_transpose(places))[mask]] = True
    return found.reshape(size)


@pytest.mark.parametrize('orientation', range(2, 9))
def test_yolo_polygons_are_of_the_picture_as_it_is_shown(orientation, tmp_path):
    height, width = size = write_turned(tmp_path / 'own/images/a.jpg', orientation)
    (tmp_path / 'own/labels').mkdir()
    corners = [(0, 0), (3, 0), (3, 1), (1, 1), (1, 2), (0, 2)]
    line = ' '.join(f'{x / width} {y / height}' for x, y in corners)
    (tmp_path / 'own/labels/a.txt').write_text(f'0 {line}')
    (tmp_path / 'own/data.yaml').write_text('{names: [car], train: images}')
    source = read_source(tmp_path / 'own', Settings())
    found, odd = prepared(tmp_path, source.pictures[0], source.read_marks)
    assert (found == stored(upright_mask(size), orientation)).all()
    assert odd == [NOTE + 'it as it is shown']


@pytest.mark.parametrize('declares', [True, False])
def test_labels_of_the_shown_size_are_turned_back(declares, tmp_path):
    size = write_turned(tmp_path / 'a.jpg', 6)
    picture = Picture('a.jpg', tmp_path / 'a.jpg', None, None, size if declares else None)

    def read_marks(picture, at):
        assert at == (size if declares else STORED)
        return Marks([Mark(0, upright_mask(size))], [])

    found, odd = prepared(tmp_path, picture, read_marks)
    assert (found == stored(upright_mask(size), 6)).all() and odd == [NOTE + 'it as it is shown']


@pytest.mark.parametrize(('orientation', 'size'), [(6, STORED), (3, STORED), (6, (7, 7))])
def test_labels_of_the_stored_size_are_of_the_stored_pixels(orientation, size, tmp_path):
    write_turned(tmp_path / 'a.jpg', orientation, size)
    picture = Picture('a.jpg', tmp_path / 'a.jpg', None, None, size)
    found, odd = prepared(tmp_path, picture, lambda *_: Marks([Mark(0, upright_mask(size))], []))
    assert (found == upright_mask(size)).all()
    assert odd == [NOTE + 'the pixels as they are stored']
    shown = picture._replace(name='b.jpg', is_upright=True)  # as labelme and yolo have it
    found, odd = prepared(tmp_path, shown, lambda _, at: Marks([Mark(0, upright_mask(at))], []))
    assert (found == upright_mask(size)).all() == (size == STORED and orientation == 6)


def test_a_turned_picture_of_which_coco_declares_no_size_is_left_out(tmp_path):
    content = {
        'images': [{'id': 1, 'file_name': 'a.jpg'}],
        'categories': [{'id': 1, 'name': 'car'}],
        'annotations': [
            {'id': 1, 'image_id': 1, 'category_id': 1, 'segmentation': [[0, 0, 3, 0, 3, 3, 0, 3]]}
        ],
    }
    (tmp_path / 'labels.json').write_text(json.dumps(content))
    for orientation in (6, 1):
        write_turned(tmp_path / 'a.jpg', orientation)
        source = read_source(tmp_path, Settings())
        found, odd = prepared(tmp_path, source.pictures[0], source.read_marks)
        if orientation == 6:
            (line,) = odd
            assert (
                found is None and 'left out: its EXIF tag turns it, and its labels do not' in line
            )
        else:
            assert found.sum() == 9 and odd == []


def test_labels_of_another_size_are_left_out(tmp_path):
    write_turned(tmp_path / 'a.jpg', 6)
    for declared, drawn in (((4, 5), (4, 5)), (None, (4, 5))):
        picture = Picture('a.jpg', tmp_path / 'a.jpg', None, None, declared)
        marks = Marks([Mark(0, np.ones(drawn, bool))], [])
        found, odd = prepared(tmp_path, picture, lambda *_, own=marks: own)
        assert found is None and odd == ['left out: its labels are 5 x 4, the picture 9 x 6']
