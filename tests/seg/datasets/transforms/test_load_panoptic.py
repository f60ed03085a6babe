import numpy as np
import pytest
from PIL import Image

from seg.datasets.transforms import LoadPanopticSegments
from seg.datasets.transforms.segment_index import index_segments
from seg.registry import TRANSFORMS


def slow_masks_and_map(results):
    """The definition: mmdet's loop, one comparison a segment."""
    rgb = np.asarray(Image.open(results['seg_map_path'])).astype(np.int64)
    ids = rgb[..., 0] + 256 * rgb[..., 1] + 256**2 * rgb[..., 2]
    masks, seg_map = [], np.full(ids.shape, 255)
    for segment in results['segments_info']:
        mask = ids == segment['id']
        seg_map = np.where(mask, segment['category'], seg_map)
        if segment.get('is_thing'):
            masks.append(mask.astype(np.uint8))
    return masks, seg_map


@pytest.mark.parametrize('count', [0, 1, 2, 9, 300])
def test_masks_and_map_are_those_of_mmdets_definition(sample, count):
    for seed in range(4):
        given = sample(seed, count)
        masks, seg_map = slow_masks_and_map(given)
        found = LoadPanopticSegments()(given)
        assert len(found['gt_masks']) == len(masks)
        assert found['gt_masks'].masks.dtype == np.uint8
        for mask, expected in zip(found['gt_masks'].masks, masks, strict=True):
            np.testing.assert_array_equal(mask, expected)
        np.testing.assert_array_equal(found['gt_seg_map'], seg_map)
        assert found['gt_seg_map'].dtype == np.int32


def test_of_segments_with_the_same_id_the_last_gives_the_class_as_in_mmdet(sample):
    given = sample(0)
    given['segments_info'] += [{**segment, 'category': 7} for segment in given['segments_info']]
    masks, seg_map = slow_masks_and_map(given)
    found = LoadPanopticSegments()(given)
    np.testing.assert_array_equal(found['gt_masks'].masks, np.stack(masks))
    np.testing.assert_array_equal(found['gt_seg_map'], seg_map)


def test_labels_and_flags_are_those_of_the_instances_and_boxes_those_of_the_masks(sample):
    given = sample(1)
    found = LoadPanopticSegments()(given)
    instances = given['instances']
    for box, mask in zip(found['gt_bboxes'].numpy(), found['gt_masks'].masks, strict=True):
        rows, columns = mask.nonzero()
        expected = (
            [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if any(rows) else 0
        )
        np.testing.assert_array_equal(box, expected)
    without = LoadPanopticSegments(with_mask=False)(given)
    np.testing.assert_allclose(
        without['gt_bboxes'].numpy(), [instance['bbox'] for instance in instances], rtol=1e-6
    )
    assert found['gt_bboxes_labels'].tolist() == [i['bbox_label'] for i in instances]
    assert found['gt_ignore_flags'].tolist() == [False] * len(instances)
    assert len(found['gt_masks']) == len(instances)


@pytest.mark.parametrize(
    ('option', 'absent'),
    [
        ('with_bbox', 'gt_bboxes'),
        ('with_label', 'gt_bboxes_labels'),
        ('with_mask', 'gt_masks'),
        ('with_seg', 'gt_seg_map'),
    ],
)
def test_what_is_not_wanted_is_left_out(sample, option, absent):
    keys = {'gt_bboxes', 'gt_bboxes_labels', 'gt_masks', 'gt_seg_map'}
    found = LoadPanopticSegments(**{option: False})(sample(0))
    assert keys & set(found) == keys - {absent}


def test_without_a_panoptic_png_there_are_no_masks(sample):
    found = LoadPanopticSegments()({**sample(0), 'seg_map_path': None})
    assert 'gt_masks' not in found
    assert 'gt_bboxes' in found


def test_a_segment_of_no_class_is_void(sample):
    given = sample(0)
    for segment in given['segments_info']:
        if not segment['is_thing']:
            segment['category'] = -1
    _, seg_map = slow_masks_and_map(given)
    found = LoadPanopticSegments()(given)['gt_seg_map']
    np.testing.assert_array_equal(found, np.where(seg_map == -1, 255, seg_map))


def test_a_class_that_is_void_too_is_refused(sample):
    given = sample(0)
    given['segments_info'][0]['category'] = 255
    with pytest.raises(ValueError, match=r'class 255 .* larger ignore_index'):
        LoadPanopticSegments()(given)
    assert (LoadPanopticSegments(ignore_index=999)(given)['gt_seg_map'] == 999).any()


def test_a_png_of_another_size_than_its_image_is_named(sample):
    given = {**sample(0), 'ori_shape': (10, 20)}
    with pytest.raises(ValueError, match=r'0\.png is 53x37, but its image is 20x10'):
        LoadPanopticSegments()(given)


def test_the_registry_knows_it():
    assert TRANSFORMS.get('LoadPanopticSegments') is LoadPanopticSegments


def test_ids_that_no_segment_has_get_the_last_value():
    ids = np.array([[0, 5, 5], [9, 3, 16777215]])
    found = index_segments(ids, [9, 5], np.array([10, 20, 99]))
    assert found.tolist() == [[99, 20, 20], [10, 99, 99]]
    assert index_segments(ids, [], np.array([99])).tolist() == [[99] * 3] * 2
    assert index_segments(ids[:0], [9], np.array([1, 0])).shape == (0, 3)
