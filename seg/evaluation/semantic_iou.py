"""Semantic segmentation counted: pixels by true and predicted class, and their means."""

from collections.abc import Iterable, Mapping

import numpy as np


def count_pixels(pred: np.ndarray, true: np.ndarray, num_classes: int) -> np.ndarray:
    """Pixels of each pair of classes that an image has.

    Args:
        pred: Integers [H, W] in [0, C).
        true: Integers [H, W]; negative ones are void, which is not counted.
        num_classes: C.

    Returns:
        int64 [N, 3]: true class, predicted class, pixels.

    Raises:
        ValueError: If the sizes differ, or a class is none of the C.
    """
    if pred.shape != true.shape:
        raise ValueError(f'the prediction is {pred.shape}, the truth {true.shape}')
    is_labelled = true >= 0
    pairs = true[is_labelled].astype(np.int64) * num_classes + pred[is_labelled]
    for name, labels in (('predicted', pred), ('true', true)):
        if labels.size and labels.max() >= num_classes:
            raise ValueError(f'{name} class {labels.max()}, there are {num_classes} classes')
    found, pixels = np.unique(pairs, return_counts=True)
    return np.stack([found // num_classes, found % num_classes, pixels], axis=1)


def class_pixels(counts: Iterable[np.ndarray], num_classes: int) -> np.ndarray:
    """Sums over images of what :func:`count_pixels` gave.

    Returns:
        int64 [C, 3]: pixels of each class that are right, true ones, predicted ones.
    """
    sums = np.zeros((num_classes, 3), np.int64)
    for own in counts:
        true, pred, pixels = own.T
        right = true == pred
        np.add.at(sums[:, 0], true[right], pixels[right])
        np.add.at(sums[:, 1], true, pixels)
        np.add.at(sums[:, 2], pred, pixels)
    return sums


def summarise_pixels(
    sums: np.ndarray, groups: Mapping[str, np.ndarray], *, only_iou: bool = False
) -> dict[str, float]:
    """Means over the classes that the truth has, as detectron2 takes them, which papers use.

    A class that is predicted and never true lowers the IoU of others and has none of its own.

    Args:
        sums: int64 [C, 3], see :func:`class_pixels`.
        groups: bool [C] of the classes of each group, by the suffix of its keys.
        only_iou: Whether to leave all but ``mIoU`` out. Defaults to False.

    Returns:
        ``mIoU`` with the suffix of each group, ``fwIoU`` (weighted by true pixels), ``mAcc`` (mean of
        the classes' recall) and ``pAcc`` (share of pixels that are right), in percent; NaN where no
        class is true.
    """
    right, true, pred = sums.T.astype(float)
    occurs = true > 0
    with np.errstate(invalid='ignore', divide='ignore'):
        iou, recall = right / (true + pred - right), right / true
    summary = {f'mIoU{suffix}': _mean(iou[own & occurs]) for suffix, own in groups.items()}
    if only_iou:
        return summary
    weights = true[occurs] / max(true.sum(), 1)
    return summary | {
        'fwIoU': 100 * float((weights * iou[occurs]).sum()) if occurs.any() else float('nan'),
        'mAcc': _mean(recall[occurs]),
        'pAcc': 100 * float(right.sum() / true.sum()) if occurs.any() else float('nan'),
    }


def _mean(shares: np.ndarray) -> float:
    return 100 * float(shares.mean()) if len(shares) else float('nan')
