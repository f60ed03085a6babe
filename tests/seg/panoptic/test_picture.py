import numpy as np
import pytest

from seg.panoptic.picture import draw_segments, image_files, write_image
from seg.panoptic.segments import segments_of

CLASSES = ('cat,kitten', 'dog', 'grass,lawn')


def a_map():
    panoptic = np.full((40, 60), 3)  # void
    panoptic[:, 30:] = 2
    panoptic[5:15, 5:25] = 1000
    panoptic[20:35, 2:28] = 2001
    return panoptic


def test_things_are_drawn_stronger_than_stuff_and_void_is_left_alone():
    image = np.full((40, 60, 3), 128, np.uint8)
    index, segments = segments_of(a_map(), {}, CLASSES, 2)
    drawn = draw_segments(image, index, segments).astype(int)
    zoom = drawn.shape[0] // 40
    assert zoom > 1  # small pictures are enlarged, so that labels fit
    change = np.abs(drawn - 128).sum(-1)
    thing, stuff, void = change[8 * zoom, 7 * zoom], change[2 * zoom, 32 * zoom], change[zoom, zoom]
    assert thing > stuff > void == 0


def test_a_frame_of_a_video_keeps_its_size_and_is_not_drawn_upon():
    image = np.full((40, 60, 3), 128, np.uint8)
    index, segments = segments_of(a_map(), {}, CLASSES, 2)
    drawn = draw_segments(image, index, segments, enlarge=False)
    assert drawn.shape == image.shape and (image == 128).all()
    assert (drawn[8, 7] != 128).any() and (drawn[1, 1] == 128).all()


def test_a_file_that_is_no_picture_by_its_name_is_refused(tmp_path):
    for name in ('a', 'a.txt', 'a.json'):
        with pytest.raises(ValueError, match=r'the suffix of no picture; use one of \.jpg'):
            write_image(tmp_path / name, np.zeros((4, 4, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_pictures_are_found_in_a_folder(tmp_path):
    write_image(tmp_path / 'b.png', np.zeros((4, 4, 3), np.uint8))
    write_image(tmp_path / 'a.jpg', np.zeros((4, 4, 3), np.uint8))
    (tmp_path / 'notes.txt').touch()
    assert [f.name for f in image_files(tmp_path)] == ['a.jpg', 'b.png']
    assert image_files(tmp_path / 'b.png') == [tmp_path / 'b.png']


def test_a_missing_picture_and_an_empty_folder_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'none\.jpg does not exist'):
        image_files(tmp_path / 'none.jpg')
    with pytest.raises(FileNotFoundError, match='holds no pictures'):
        image_files(tmp_path)


def test_labels_of_any_language_and_of_undecodable_bytes_are_drawn():
    image = np.full((300, 400, 3), 128, np.uint8)
    panoptic = np.repeat([[0, 1]], [200, 200], axis=1).repeat(300, axis=0)
    index, segments = segments_of(panoptic, {}, ('a', 'b'), 0)
    drawn = []
    for names in (('天空', '草地'), ('\udccc\udcec', 'a'), ('kot', 'pies')):
        named = [s._replace(name=name) for s, name in zip(segments, names, strict=True)]
        drawn.append(draw_segments(image, index, named))
    assert all(picture.max() == 255 for picture in drawn)  # white letters
    assert not (drawn[0] == drawn[1]).all()


def test_a_label_that_is_longer_than_its_picture_is_cut():
    index, segments = segments_of(np.zeros((60, 640), int), {}, ('long ' * 200,), 0)
    drawn = draw_segments(np.full((60, 640, 3), 128, np.uint8), index, segments)
    assert drawn.shape == (60, 640, 3)
