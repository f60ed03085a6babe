"""Loading of panoptic PNGs: mmdet's annotations, without panopticapi."""

import numpy as np
from mmdet.datasets.transforms import LoadAnnotations, LoadPanopticAnnotations
from mmdet.structures.mask import BitmapMasks

from seg.datasets.transforms.segment_index import index_segments
from seg.panoptic.png import read_panoptic_png
from seg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadPanopticSegments(LoadPanopticAnnotations):
    """mmdet's ``LoadPanopticAnnotations`` in one pass over the PNG; boxes are those of the masks.

    Required keys: ``seg_map_path``, ``segments_info`` (``id``, ``category``, ``is_thing``),
    ``instances`` (``bbox``, ``bbox_label``, ``ignore_flag``), ``ori_shape``. Without a
    ``seg_map_path`` masks and semantic map are left out.

    Added keys: ``gt_bboxes``, ``gt_bboxes_labels``, ``gt_ignore_flags``, ``gt_masks``
    (``BitmapMasks`` of the things, uint8 [N, H, W]) and ``gt_seg_map`` (classes, int32 [H, W]).

    Args:
        with_bbox (bool): Whether to load boxes. Defaults to True.
        with_label (bool): Whether to load labels. Defaults to True.
        with_mask (bool): Whether to load the masks of things. Defaults to True.
        with_seg (bool): Whether to load the semantic map. Defaults to True.
        box_type (str): How boxes are wrapped. Defaults to 'hbox'.
        ignore_index (int): Void in the semantic map, no class. Defaults to 255, as in mmdet.
    """

    def __init__(
        self,
        with_bbox: bool = True,
        with_label: bool = True,
        with_mask: bool = True,
        with_seg: bool = True,
        box_type: str = 'hbox',
        ignore_index: int = 255,
    ) -> None:
        # LoadPanopticAnnotations itself would insist on panopticapi.
        LoadAnnotations.__init__(
            self,
            with_bbox=with_bbox,
            with_label=with_label,
            with_mask=with_mask,
            with_seg=with_seg,
            box_type=box_type,
            ignore_index=ignore_index,
        )

    def _load_masks_and_semantic_segs(self, results: dict) -> None:
        if results.get('seg_map_path') is None:
            return
        ids = read_segment_ids(results)
        segments = results['segments_info']
        # The index of each pixel's segment; no segment is the last index.
        count = len(segments)
        indices = np.arange(count + 1, dtype=np.min_scalar_type(count))
        index = index_segments(ids, [segment['id'] for segment in segments], indices)
        if self.with_mask:
            last = {segment['id']: i for i, segment in enumerate(segments)}
            things = [last[segment['id']] for segment in segments if segment.get('is_thing')]
            masks = index == indices[things][:, None, None]
            results['gt_masks'] = BitmapMasks(masks.view(np.uint8), *ids.shape)
            if self.with_bbox:
                # Some converters write boxes that lack an object's last row and column.
                boxes = results['gt_masks'].get_bboxes(self.box_type or 'hbox')
                results['gt_bboxes'] = boxes if self.box_type else boxes.numpy()
        if self.with_seg:
            results['gt_seg_map'] = segment_categories(segments, self.ignore_index).take(index)


def read_segment_ids(results: dict) -> np.ndarray:
    """Segment ids of a sample, int32 [H, W].

    Raises:
        FileNotFoundError: If ``seg_map_path`` does not exist.
        ValueError: If it cannot be read or has another size than the image.
    """
    ids = read_panoptic_png(results['seg_map_path'])
    expected = tuple(results.get('ori_shape', ids.shape))
    if ids.shape != expected:
        raise ValueError(
            f'panoptic PNG {results["seg_map_path"]} is {ids.shape[1]}x{ids.shape[0]}, '
            f'but its image is {expected[1]}x{expected[0]}'
        )
    return ids


def segment_categories(segments: list[dict], ignore_index: int) -> np.ndarray:
    """Class of each of N segments and, last, of a pixel without segment: int32 [N + 1].

    A negative class is void too, see :class:`~seg.datasets.panoptic_ov.PanopticOVDataset`.

    Raises:
        ValueError: If a class is ``ignore_index`` and could not be told from void.
    """
    categories = [segment['category'] for segment in segments]
    if ignore_index in categories:
        raise ValueError(
            f'class {ignore_index} cannot be told from void, which is {ignore_index} too; with '
            'more than 255 classes, give the loading transform a larger ignore_index'
        )
    classes = np.array([*categories, ignore_index], np.int32)
    return np.where(classes < 0, np.int32(ignore_index), classes)
