"""The result that people get: what it tells, shows, writes and hands on."""

import doctest
import json
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

import seg
import seg.panoptic.segmentation
from seg.panoptic.segmentation import Segmentation

CLASSES = ('cat,kitten', 'dog', 'grass,lawn')
SCORES = {1000: 0.97, 2: 0.5, 2001: 0.71239}


def find(classes=CLASSES, scores=SCORES, path=None):
    """Grass on the right, a dog and a cat on the left, and void."""
    panoptic = np.full((40, 60), 3)
    panoptic[:, 30:] = 2
    panoptic[5:15, 5:25] = 1000
    panoptic[20:35, 2:28] = 2001
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    return Segmentation.from_mmdet(image, panoptic, scores, classes, 2, path)


def find_nothing():
    image = np.zeros((40, 60, 3), np.uint8)
    return Segmentation.from_mmdet(image, np.full((40, 60), 3), {}, CLASSES, 2)


def test_its_examples_are_true():
    assert doctest.testmod(seg.panoptic.segmentation).attempted > 5
    assert doctest.testmod(seg.panoptic.segmentation).failed == 0


def test_it_is_a_sequence_of_segments():
    found = find()
    assert [segment.name for segment in found] == ['grass', 'dog', 'cat'] == found.names
    assert len(found) == 3 and found[-1].name == 'cat' and found[0] in found
    assert len(find_nothing()) == 0 and not find_nothing()


def test_its_arrays_say_the_same_as_its_segments():
    found = find()
    assert found.boxes.dtype == found.scores.dtype == np.float32
    for number, segment in enumerate(found):
        assert tuple(found.boxes[number]) == segment.box
        assert (found.masks[number] == segment.mask).all()
        assert found.areas[number] == segment.mask.sum()
        assert found.scores[number] == pytest.approx(segment.score)
        assert found.labels[number] == segment.label
        assert found.is_thing[number] == segment.is_thing
    assert found.masks.dtype == found.is_thing.dtype == bool
    assert (found.index == -1).sum() == 40 * 60 - found.areas.sum()


def test_of_nothing_the_arrays_have_no_rows():
    found = find_nothing()
    assert found.boxes.shape == (0, 4) and found.masks.shape == (0, 40, 60)
    assert found.scores.shape == found.labels.shape == found.is_thing.shape == (0,)
    assert found.areas.shape == (0,) and found.names == []


def test_it_is_one_line_of_text():
    assert repr(find()) == '3 segments: grass 0.50, dog 0.71, cat 0.97'
    assert repr(find(scores={})) == '3 segments: grass, dog, cat'
    assert repr(find_nothing()) == 'no segments'
    many = Segmentation.from_mmdet(
        np.zeros((1, 99, 3), np.uint8), np.arange(99)[None], {}, list(map(str, range(99))), 0
    )
    assert repr(many).startswith('99 segments: ') and repr(many).endswith(', 87 more')


def test_a_map_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r'\(4, 4\), its picture \(4, 5\)'):
        Segmentation.from_mmdet(np.zeros((4, 5, 3), np.uint8), np.zeros((4, 4)), {}, CLASSES, 2)


def test_what_is_plotted_written_and_shown_is_the_same_picture(tmp_path):
    found = find()
    plotted = np.asarray(found.plot())
    assert plotted.shape == (440, 660, 3) and plotted.dtype == np.uint8  # small, so enlarged
    found.save(tmp_path / 'new/folder/a.png')
    np.testing.assert_array_equal(
        cv2.imread(str(tmp_path / 'new/folder/a.png'))[..., ::-1], plotted
    )
    shown = cv2.imdecode(np.frombuffer(found._repr_png_(), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(shown[..., ::-1], plotted)


def test_red_in_the_picture_is_red_in_the_plot():
    red = np.zeros((40, 60, 3), np.uint8) + np.array([0, 0, 255], np.uint8)
    found = Segmentation.from_mmdet(red, np.full((40, 60), 3), {}, CLASSES, 2)
    assert found.plot().getpixel((0, 0)) == (255, 0, 0)


def test_the_segmented_picture_is_not_overwritten(tmp_path):
    file, link = tmp_path / 'a.png', tmp_path / 'link.png'
    Image.new('RGB', (60, 40)).save(file)
    link.symlink_to(file)
    before = file.read_bytes()
    (tmp_path / 'x').mkdir()
    for name in (file, link, f'{tmp_path}/x/../a.png'):
        with pytest.raises(ValueError, match='is the segmented picture itself'):
            find(path=file).save(name)
    assert file.read_bytes() == before
    find(path=file).save(tmp_path / 'b.png')
    find(path=tmp_path / 'gone.png').save(tmp_path / 'gone.png')
    find(path=file).save(tmp_path / 'b.png')  # what it wrote before may be written again


def test_a_name_that_is_no_picture_is_refused(tmp_path):
    for name in ('a', 'a.json', 'folder/'):
        with pytest.raises(ValueError, match='the suffix of no picture'):
            find().save(f'{tmp_path}/{name}')


def test_json_holds_what_a_program_needs():
    record = json.loads(json.dumps(find().to_dict()))
    assert (record['width'], record['height']) == (60, 40)
    assert record['segments'][1] == dict(
        name='dog', label=1, is_thing=True, score=0.7124, box=[2, 20, 28, 35], area=390
    )
    assert json.dumps(find(scores={}).to_dict(), allow_nan=False).count('"score": null') == 3
    assert find_nothing().to_dict()['segments'] == []


def test_masks_in_json_are_those_that_coco_tools_read():
    found = find()
    record = json.loads(json.dumps(found.to_dict(masks=True)))
    for segment, own in zip(found, record['segments'], strict=True):
        assert (coco.decode(own['segmentation']) == segment.mask).all()


@pytest.mark.parametrize('make', [find, find_nothing])
def test_supervision_gets_every_segment(make):
    supervision = pytest.importorskip('supervision')
    found = make()
    detections = found.to_supervision()
    assert len(detections) == len(found)
    np.testing.assert_array_equal(detections.mask, found.masks)
    np.testing.assert_array_equal(detections.class_id, found.labels)
    assert list(detections['class_name']) == found.names
    things = detections[detections['is_thing']]
    assert len(things) == found.is_thing.sum()
    drawn = supervision.MaskAnnotator().annotate(found.image.copy(), detections)
    assert drawn.shape == found.image.shape


def test_supervision_is_handed_its_own_names_of_the_arrays(monkeypatch):
    stand_in = SimpleNamespace(Detections=lambda **fields: fields)
    monkeypatch.setitem(sys.modules, 'supervision', stand_in)
    found = find()
    fields = found.to_supervision()
    for name, own in (('xyxy', 'boxes'), ('mask', 'masks'), ('confidence', 'scores')):
        np.testing.assert_array_equal(fields[name], getattr(found, own))
    assert fields['data']['class_name'].tolist() == ['grass', 'dog', 'cat']


def test_without_supervision_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'supervision', None)
    with pytest.raises(ImportError, match='run: pip install supervision'):
        find().to_supervision()


def test_it_can_be_had_from_seg():
    assert seg.Segmentation is Segmentation
