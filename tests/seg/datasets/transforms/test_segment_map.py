import numpy as np
import pytest
from mmdet.datasets.transforms import PackDetInputs, Pad, RandomCrop, RandomFlip, Resize

from seg.datasets.transforms import LoadPanopticSegments, LoadSegmentMap, SegmentMapToMasks
from seg.panoptic.png import read_panoptic_png
from seg.panoptic.void import VOID_CLASS
from seg.registry import MODELS

GEOMETRY = {
    'nothing': [],
    'smaller': [Resize(scale=(40, 20))],
    'larger': [Resize(scale=(90, 130), keep_ratio=False)],
    'flipped': [RandomFlip(prob=1.0)],
    'cropped': [RandomCrop((20, 30), allow_negative_crop=True, recompute_bbox=True)],
    'padded': [Pad(size=(64, 64), pad_val=dict(img=0, masks=0, seg=255))],
    'all': [
        RandomFlip(prob=1.0),
        Resize(scale_factor=1.7),
        RandomCrop((40, 40), allow_negative_crop=True, recompute_bbox=True),
        Pad(size=(64, 64), pad_val=dict(img=0, masks=0, seg=255)),
    ],
}


def run(results, transforms):
    np.random.seed(0)  # RandomCrop's
    for transform in transforms:
        results = transform(results)
    return results


def our_void(classes):
    """mmdet's 255, where no class has it, as our void."""
    return np.where(classes == 255, VOID_CLASS, classes)


@pytest.mark.parametrize('count', [9, 300])
@pytest.mark.parametrize('geometry', GEOMETRY.values(), ids=GEOMETRY)
def test_masks_made_after_the_geometry_are_masks_carried_through_it(sample, geometry, count):
    for seed in range(3):
        given = sample(seed, count)
        # Whole-image boxes: RandomCrop keeps every mask, and those left empty are dropped here.
        for instance in given['instances']:
            instance['bbox'] = [0, 0, 53, 37]
        early = run(dict(given), [LoadPanopticSegments(), *geometry])
        late = run(dict(given), [LoadSegmentMap(), *geometry, SegmentMapToMasks()])
        left = early['gt_masks'].areas > 0
        np.testing.assert_array_equal(late['gt_masks'].masks, early['gt_masks'].masks[left])
        np.testing.assert_array_equal(late['gt_bboxes_labels'], early['gt_bboxes_labels'][left])
        np.testing.assert_array_equal(late['gt_seg_map'], our_void(early['gt_seg_map']))
        boxes = early['gt_masks'][np.flatnonzero(left)].get_bboxes('hbox')
        np.testing.assert_array_equal(late['gt_bboxes'].numpy(), boxes.numpy())
        assert late['img'].shape == early['img'].shape


def test_small_things_are_dropped_but_stay_in_the_semantic_map(sample):
    given = sample(2)
    every = run(dict(given), [LoadSegmentMap(), SegmentMapToMasks()])
    areas = every['gt_masks'].areas
    least = int(np.median(areas)) + 1
    large = run(dict(given), [LoadSegmentMap(), SegmentMapToMasks(min_area=least)])
    assert 0 < len(large['gt_masks']) < len(every['gt_masks'])
    assert (large['gt_masks'].areas >= least).all()
    np.testing.assert_array_equal(large['gt_seg_map'], every['gt_seg_map'])


def test_a_sample_of_void_alone_is_given_up(sample):
    given = sample(0)
    given['segments_info'] = []
    assert run(given, [LoadSegmentMap(), SegmentMapToMasks()]) is None


def test_segments_of_no_class_are_void(sample):
    given = sample(0)
    for segment in given['segments_info'][:-1]:
        segment.update(category=-1, is_thing=False)
    found = run(dict(given), [LoadSegmentMap(), SegmentMapToMasks()])
    expected = run(dict(given), [LoadPanopticSegments()])
    np.testing.assert_array_equal(found['gt_seg_map'], our_void(expected['gt_seg_map']))
    given['segments_info'][-1].update(category=-1, is_thing=False)
    assert run(given, [LoadSegmentMap(), SegmentMapToMasks()]) is None


def test_a_sample_without_things_is_kept(sample):
    given = sample(0)
    for segment in given['segments_info']:
        segment['is_thing'] = False
    found = run(given, [LoadSegmentMap(), SegmentMapToMasks()])
    assert found['gt_masks'].masks.shape == (0, 37, 53)
    assert found['gt_bboxes'].tensor.shape == (0, 4)
    assert len(found['gt_bboxes_labels']) == 0


def test_mmdet_packs_the_result(sample):
    packed = run(sample(0), [LoadSegmentMap(), SegmentMapToMasks(), PackDetInputs()])
    instances = packed['data_samples'].gt_instances
    assert len(instances.labels) == len(instances.masks) == len(instances.bboxes) > 0
    assert packed['data_samples'].gt_sem_seg.sem_seg.shape == (1, 37, 53)


def test_without_a_panoptic_png_nothing_is_added(sample):
    given = {**sample(0), 'seg_map_path': None}
    assert run(dict(given), [LoadSegmentMap(), SegmentMapToMasks()]) == given


def test_void_is_no_class_of_many_and_padding_is_void(sample):
    """With 300 classes, mmdet's void of 255 would be a class."""
    given = sample(0)
    given['segments_info'][-1].update(category=255, is_thing=False)
    given['segments_info'][-2].update(category=299, is_thing=False)
    packed = run(given, [LoadSegmentMap(), SegmentMapToMasks(), PackDetInputs()])
    before = packed['data_samples'].gt_sem_seg.sem_seg[0].numpy()
    preprocessor = MODELS.build(dict(type='seg.PanopticDataPreprocessor', pad_size_divisor=32))
    data = {'inputs': [packed['inputs']], 'data_samples': [packed['data_samples']]}
    after = preprocessor(data, training=True)['data_samples'][0].gt_sem_seg.sem_seg[0].numpy()
    assert after.shape == (64, 64)
    np.testing.assert_array_equal(after[:37, :53], before)
    ids = read_panoptic_png(given['seg_map_path'])
    known = [segment['id'] for segment in given['segments_info']]
    assert ((before >= 300) == ~np.isin(ids, known)).all() and (before >= 300).any()
    assert (after[37:] >= 300).all() and (after[:, 53:] >= 300).all()
