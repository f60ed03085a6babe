"""Panoptic annotations as one map through the geometry, and as masks only at its end.

Resizing, flipping, cropping and padding N masks costs N times what the same does to the map that
they come from, and nearest-neighbour sampling gives the same masks either way.
"""

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks
from scipy.ndimage import find_objects

from seg.datasets.transforms.load_panoptic import read_segment_ids, segment_categories
from seg.datasets.transforms.segment_index import index_segments
from seg.panoptic.void import VOID_CLASS
from seg.registry import TRANSFORMS

#: Void in the map. mmdet's ``Pad`` and ``Expand`` write it, so no segment has this number.
VOID = 255


@TRANSFORMS.register_module()
class LoadSegmentMap(BaseTransform):
    """Load a panoptic PNG as a map of segment numbers, to be ended by :class:`SegmentMapToMasks`.

    Required keys: ``seg_map_path``, ``segments_info``, ``ori_shape``. Added key: ``gt_seg_map``,
    int16 [H, W], which mmdet's geometric transforms know how to treat.
    """

    def transform(self, results: dict) -> dict:
        if results.get('seg_map_path') is None:
            return results
        segments = results['segments_info']
        values = np.append(_numbers(len(segments)), np.int16(VOID))
        ids = [segment['id'] for segment in segments]
        results['gt_seg_map'] = index_segments(read_segment_ids(results), ids, values)
        return results


@TRANSFORMS.register_module()
class SegmentMapToMasks(BaseTransform):
    """What :class:`LoadPanopticSegments` would have given, from the map of segment numbers.

    Things with fewer than ``min_area`` pixels left are dropped. Boxes are those of the masks. A
    sample without any class left, all void, becomes None, and the dataset takes another one.

    Required keys: ``gt_seg_map``, ``segments_info``. Added keys: ``gt_bboxes``,
    ``gt_bboxes_labels``, ``gt_ignore_flags``, ``gt_masks``; ``gt_seg_map`` becomes int32 classes, void
    ``VOID_CLASS``.

    Args:
        min_area (int): Smallest number of pixels of a thing. Defaults to 1.
    """

    def __init__(self, min_area: int = 1) -> None:
        self.min_area = min_area

    def transform(self, results: dict) -> dict | None:
        if results.get('gt_seg_map') is None:
            return results
        segments, index = results['segments_info'], results['gt_seg_map']
        categories = segment_categories(segments, VOID_CLASS)
        numbers = _numbers(len(segments))
        areas = np.bincount(index.ravel(), minlength=max(VOID, len(segments)) + 1)
        if not areas[numbers[categories[:-1] != VOID_CLASS]].any():
            return None
        table = np.full(len(areas), VOID_CLASS, np.int32)
        table[numbers] = categories[:-1]
        results['gt_seg_map'] = table.take(index)

        things = [
            number
            for number, segment in zip(numbers, segments, strict=True)
            if segment.get('is_thing') and areas[number] >= max(self.min_area, 1)
        ]
        masks = index == np.array(things, index.dtype)[:, None, None]
        results['gt_masks'] = BitmapMasks(masks.view(np.uint8), *index.shape)
        results['gt_bboxes'] = HorizontalBoxes(_boxes(index, things))
        results['gt_bboxes_labels'] = table[things].astype(np.int64)
        results['gt_ignore_flags'] = np.zeros(len(things), bool)
        return results

    def __repr__(self) -> str:
        name = type(self).__name__
        return f'{name}(min_area={self.min_area})'


def _numbers(count: int) -> np.ndarray:
    """A number for each of ``count`` segments, none of them ``VOID``: int16 [count]."""
    numbers = np.arange(count, dtype=np.int16)
    numbers[VOID:] += 1
    return numbers


def _boxes(index: np.ndarray, things: list[int]) -> np.ndarray:
    """Boxes around each number's pixels, (x1, y1, x2, y2) with the last pixel inside: [N, 4]."""
    found = find_objects(index + 1)
    boxes = [
        (columns.start, rows.start, columns.stop, rows.stop)
        for rows, columns in (found[thing] for thing in things)
    ]
    return np.array(boxes, np.float32).reshape(-1, 4)
