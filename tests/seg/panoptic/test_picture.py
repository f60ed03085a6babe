import cv2
import numpy as np
import pytest

from seg.panoptic import labels, picture
from seg.panoptic.colours import segment_colours
from seg.panoptic.picture import draw_segments, image_files, write_image
from seg.panoptic.segments import segments_of
from seg.panoptic.text_drawing import draw_text

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


def test_each_of_many_touching_objects_has_a_label_in_its_colour_and_an_outline():
    codes = np.kron(1000 * np.arange(1, 16).reshape(3, 5), np.ones((100, 100), int))
    index, segments = segments_of(np.pad(codes, 70, constant_values=1), {}, ('cat', 'grass'), 1)
    drawn = draw_segments(np.zeros((*index.shape, 3), np.uint8), index, segments)
    colours = segment_colours(index, segments)
    labels = []
    for colour in np.unique(colours, axis=0):
        parts = cv2.connectedComponentsWithStats((drawn == colour).all(-1).astype(np.uint8))[2][1:]
        filled = [part for part in parts if part[4] > max(200, 0.5 * part[2] * part[3])]
        labels += [(colour.tolist(), *part[:4]) for part in filled]  # lines are not
    assert sorted(colour for colour, *_ in labels) == sorted(colours.tolist())
    covered = np.zeros(index.shape, int)
    for _, x, y, width, height in labels:
        covered[y : y + height, x : x + width] += 1
    assert covered.max() == 1
    for number, colour in enumerate(colours):
        own = (index == number).astype(np.uint8)
        edge = drawn[(own > cv2.erode(own, None)) & (covered == 0)]
        assert np.median(edge @ colour.astype(float)) > 0.6 * (colour.astype(float) ** 2).sum()


@pytest.mark.parametrize(
    'side', [20, 90]
)  # 7 x 8 and 32 x 36 segments; lines of few and of many pixels
def test_tints_and_outlines_are_what_their_definition_says(side, monkeypatch):
    monkeypatch.setattr(picture, 'draw_labels', lambda *_: None)
    rows, columns = (32, 36) if side == 20 else (7, 18)
    codes = 1000 * np.arange(1, rows * columns + 1).reshape(rows, columns)
    codes[::2, ::3] = 1  # grass
    codes[1::4, ::5] = 2  # void
    index, segments = segments_of(
        np.kron(codes, np.ones((side, side), int)), {}, ('cat', 'grass'), 1
    )
    assert (len(segments) > 255) == (side == 20)
    image = np.random.default_rng(0).integers(0, 256, (*index.shape, 3), np.uint8)
    drawn = draw_segments(image, index, segments, 0.2, enlarge=False)
    assert np.abs(drawn - outlined(image, index, segments, 0.2)).max() < 3


def outlined(image, index, segments, opacity):
    """In floating point, from the distance to the nearest pixel that borders on another segment."""
    colours = segment_colours(index, segments).astype(np.float32)
    around = (
        cv2.dilate(index.astype(np.int16), np.ones((3, 3))),
        cv2.erode(index.astype(np.int16), np.ones((3, 3))),
    )
    away = cv2.distanceTransform((around[0] == around[1]).astype(np.uint8), cv2.DIST_L2, 3)
    width = max(2, round(max(index.shape) / 215))
    layer, weight = image.astype(np.float32), np.zeros(index.shape, np.float32)
    for number, segment in enumerate(segments):
        own = index == number
        line = 1 if segment.is_thing else opacity
        layer[own], weight[own] = colours[number], opacity
        weight[own & (away < width)] = line
        weight[own & (away < width / 2)] = max(line, 0.7)
    layer, weight = (cv2.GaussianBlur(own, (3, 3), 0) for own in (layer, weight))
    return image + weight[..., None] * (layer - image)


@pytest.mark.parametrize('opacity', [-0.2, 1.5, float('nan')])
def test_an_opacity_is_none_beyond_all_and_nothing(opacity):
    index, segments = segments_of(a_map(), {}, CLASSES, 2)
    with pytest.raises(ValueError, match='expected 0 to 1'):
        draw_segments(np.zeros((40, 60, 3), np.uint8), index, segments, opacity)


def test_a_picture_of_one_pixel_is_enlarged_no_more_than_one_of_sixteen():
    for side in (1, 16):
        index, segments = segments_of(np.zeros((side, side), int), {}, CLASSES, 2)
        drawn = draw_segments(np.zeros((side, side, 3), np.uint8), index, segments)
        assert drawn.shape == (40 * side, 40 * side, 3)


def test_a_segment_of_one_pixel_is_enlarged_too():
    panoptic = np.full((40, 60), 2)
    panoptic[20, 30] = 1000
    index, segments = segments_of(panoptic, {}, CLASSES, 2)
    drawn = draw_segments(np.zeros((40, 60, 3), np.uint8), index, segments)
    zoom = drawn.shape[0] // 40
    middle = drawn[20 * zoom + zoom // 2, 30 * zoom + zoom // 2]
    assert np.abs(middle.astype(int) - segment_colours(index, segments)[1]).max() < 30


@pytest.mark.parametrize('size', [(1, 1), (1, 3000), (3000, 1), (16, 16)])
def test_pictures_too_small_for_a_label_and_without_segments_are_drawn(size):
    image = np.full((*size, 3), 100, np.uint8)
    for panoptic in (np.zeros(size, int), np.full(size, 3)):
        index, segments = segments_of(panoptic, {}, CLASSES, 0)
        drawn = draw_segments(image, index, segments, enlarge=False)
        assert drawn.shape == image.shape and (drawn == image).all() == (not segments)


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
    assert all(picture.min() == 0 for picture in drawn)  # black letters
    assert not (drawn[0] == drawn[1]).all()


def test_a_label_that_is_longer_than_its_picture_is_cut():
    index, segments = segments_of(np.zeros((60, 640), int), {}, ('long ' * 200,), 0)
    drawn = draw_segments(np.full((60, 640, 3), 128, np.uint8), index, segments)
    assert drawn.shape == (60, 640, 3)


def test_a_name_is_cut_only_where_the_smallest_text_is_too_wide(monkeypatch):
    written = []
    monkeypatch.setattr(labels, 'draw_text', lambda *own: written.append(own) or draw_text(*own))
    index, segments = segments_of(np.zeros((640, 80), int), {}, ('emerald ball',), 0)
    draw_segments(np.zeros((640, 80, 3), np.uint8), index, segments)
    assert {name for name, _ in written} == {'emerald ball'}
