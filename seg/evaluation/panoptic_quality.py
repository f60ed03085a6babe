"""Panoptic quality of images by panopticapi's rules (Kirillov et al., arXiv 1801.00868, section 4).

One pass over the pixels of an image makes a table of overlaps between predicted and true segments;
all that follows is arithmetic on that small table, without a loop over segments or masks.

Shapes: C classes, P predicted and T true segments.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from seg.panoptic.panoptic_map import PanopticMap

#: Columns of the counts of a class: sum of IoU over matches, matches, predicted segments without
#: one, true segments without one; and, things merged, pixels of intersection and of union.
COLUMNS = ('iou', 'tp', 'fp', 'fn', 'intersection', 'union')


def count_image(pred: PanopticMap, true: PanopticMap, num_classes: int) -> np.ndarray:
    """Count one image. Counts add up over images, and :func:`summarise` turns sums to qualities.

    A predicted and a true segment of the same class match if their IoU is over 0.5, where pixels
    of true void are left out of the union, and the area of a true segment is the listed one, if the
    truth has listed areas. Predicted segments with no match are not false positives if more than
    half of their area lies on void or on the crowd of their class, of several the one listed last.
    Crowds, of things or of stuff, neither match nor are false negatives. Predicted void has no
    effect of its own. Intersection and union of a class are always of pixels.

    Args:
        pred: The prediction.
        true: The truth.
        num_classes: C.

    Returns:
        float64 [C, 6], the ``COLUMNS``.

    Raises:
        ValueError: If the maps differ in size.
    """
    overlap = overlap_table(pred, true)
    return np.concatenate(
        [
            _count_segments(overlap, pred, true, num_classes),
            _count_pixels(overlap, pred, true, num_classes),
        ],
        axis=1,
    )


def overlap_table(pred: PanopticMap, true: PanopticMap) -> np.ndarray:
    """Pixels that predicted and true segments share: int64 [P + 1, T + 1], index 0 being void."""
    if pred.indices.shape != true.indices.shape:
        raise ValueError(
            'prediction and truth differ in size (height x width): '
            f'{" x ".join(map(str, pred.indices.shape))} and '
            f'{" x ".join(map(str, true.indices.shape))}'
        )
    shape = len(pred.classes) + 1, len(true.classes) + 1
    pairs = pred.indices * shape[1] + true.indices
    return np.bincount(pairs.ravel(), minlength=shape[0] * shape[1]).reshape(shape)


def _count_segments(
    overlap: np.ndarray, pred: PanopticMap, true: PanopticMap, num_classes: int
) -> np.ndarray:
    pred_area, true_area = overlap.sum(axis=1)[1:], overlap.sum(axis=0)[1:]
    if true.listed_areas is not None:
        true_area = true.listed_areas
    on_void, overlap = overlap[1:, 0], overlap[1:, 1:]
    same_class = pred.classes[:, None] == true.classes
    union = (pred_area - on_void)[:, None] + true_area - overlap
    # Over a half, so no segment has two matches, unless a listed area is less than its pixels; then
    # all count. Whole numbers are compared: no rounding decides.
    match = same_class & ~true.crowd & (2 * overlap > union)
    crowd_of_class = np.full(num_classes, -1)
    crowd_of_class[true.classes[true.crowd]] = np.flatnonzero(true.crowd)  # the last one stays
    crowd = crowd_of_class[pred.classes]
    on_crowd = (overlap * (crowd[:, None] == np.arange(len(true.classes)))).sum(axis=1)
    excused = 2 * (on_void + on_crowd) > pred_area
    matched = true.classes[np.nonzero(match)[1]]
    return np.stack(
        [
            np.bincount(matched, overlap[match] / union[match], num_classes),
            np.bincount(matched, minlength=num_classes),
            np.bincount(pred.classes[~match.any(axis=1) & ~excused], minlength=num_classes),
            np.bincount(true.classes[~match.any(axis=0) & ~true.crowd], minlength=num_classes),
        ],
        axis=1,
    )


def _count_pixels(
    overlap: np.ndarray, pred: PanopticMap, true: PanopticMap, num_classes: int
) -> np.ndarray:
    overlap = overlap[:, 1:]  # true void is ignored; predicted void is a miss
    same_class = pred.classes[:, None] == true.classes
    intersection = np.bincount(pred.classes, (overlap[1:] * same_class).sum(axis=1), num_classes)
    pred_area = np.bincount(pred.classes, overlap[1:].sum(axis=1), num_classes)
    true_area = np.bincount(true.classes, overlap.sum(axis=0), num_classes)
    return np.stack([intersection, pred_area + true_area - intersection], axis=1)


def quality_per_class(counts: np.ndarray) -> np.ndarray:
    """PQ, SQ and RQ of each class, from 0 to 1.

    ``PQ = sum IoU / (tp + fp / 2 + fn / 2) = SQ RQ`` (equations 1 and 2 of the paper).

    Args:
        counts: float64 [C, 6], see :func:`count_image`.

    Returns:
        float64 [C, 3]; NaN for classes that do not occur (no tp, fp or fn), and an SQ of 0 for
        those without a match.
    """
    iou, tp, fp, fn = counts[:, :4].T
    with np.errstate(invalid='ignore'):
        rq = tp / (tp + 0.5 * fp + 0.5 * fn)
    sq = np.where(np.isnan(rq), np.nan, iou / np.maximum(tp, 1))
    return np.stack([sq * rq, sq, rq], axis=1)


def iou_per_class(counts: np.ndarray) -> np.ndarray:
    """IoU [C] of each class's pixels, from 0 to 1; NaN for classes that do not occur."""
    intersection, union = counts[:, 4:].T
    with np.errstate(invalid='ignore'):
        return intersection / union


def summarise(counts: np.ndarray, groups: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Means over the classes that occur.

    Args:
        counts: float64 [C, 6], summed over the images, see :func:`count_image`.
        groups: bool [C] of the classes of each group, by the suffix of its keys, as of
            :func:`class_groups`.

    Returns:
        ``PQ``, ``SQ`` and ``RQ`` with the suffix of each group, and ``mIoU_map``, the mean IoU of the
        classes in the panoptic maps, in percent; NaN for
        groups of which no class occurs.
    """
    quality = 100 * quality_per_class(counts)
    summary: dict[str, float] = {}
    for suffix, members in groups.items():
        means = _mean_of_occurring(quality[members])
        summary |= {f'{key}{suffix}': float(mean) for key, mean in zip(KEYS, means, strict=True)}
    summary['mIoU_map'] = float(_mean_of_occurring(100 * iou_per_class(counts)[:, None])[0])
    return summary


KEYS = ('PQ', 'SQ', 'RQ')


def class_groups(
    num_classes: int, num_things: int, unseen: Sequence[int] = ()
) -> dict[str, np.ndarray]:
    """The groups that are reported, bool [C] by suffix: all '', things '_th', stuff '_st'.

    Args:
        num_classes: C.
        num_things: The first classes are things, the others stuff.
        unseen: Classes that training does not show; if there are any, '_seen' and '_unseen' are
            groups too.
    """
    index = np.arange(num_classes)
    groups = {'': index >= 0, '_th': index < num_things, '_st': index >= num_things}
    if len(unseen):
        is_unseen = np.isin(index, unseen)
        groups |= {'_seen': ~is_unseen, '_unseen': is_unseen}
    return groups


def _mean_of_occurring(values: np.ndarray) -> np.ndarray:
    """Means of the columns of ``values`` [N, M] over the rows that are not NaN; NaN if none."""
    values = values[~np.isnan(values[:, 0])]
    return values.mean(axis=0) if len(values) else np.full(values.shape[1], np.nan)
