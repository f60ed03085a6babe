"""Polygons to masks, by COCO's rules."""

from collections.abc import Sequence

import numpy as np
from pycocotools import mask as coco_mask

_MARGIN = 1  # pixels by which a point may lie outside without a word


def polygons_mask(
    polygons: Sequence[Sequence[float]], size: tuple[int, int]
) -> tuple[np.ndarray, str]:
    """bool [H, W] of polygons, and what is odd about them.

    Args:
        polygons: Each x, y, x, y, ... in pixels.
        size: (height, width).

    Raises:
        ValueError: If none has three points, or a value is no number.
    """
    height, width = size
    whole = [np.asarray(own, np.float64) for own in polygons if len(own) >= 6 and not len(own) % 2]
    if not whole:
        raise ValueError(
            f'a polygon of {len(polygons[0])} values, of three points or more are 6, 8, ...'
        )
    if not all(np.isfinite(own).all() for own in whole):
        raise ValueError('a polygon with a value that is no number')
    limits = np.array([width, height])
    points = [own.reshape(-1, 2) for own in whole]
    outside = any((own < -_MARGIN).any() or (own > limits + _MARGIN).any() for own in points)
    inside = [np.clip(own, 0, limits).ravel().tolist() for own in points]
    joint = coco_mask.merge(coco_mask.frPyObjects(inside, height, width))
    notes = ['reaches beyond the picture'] if outside else []
    short = len(polygons) - len(whole)
    notes += [f'has {short} polygons of less than three points'] if short else []
    return coco_mask.decode(joint).astype(bool), ' and '.join(notes)
