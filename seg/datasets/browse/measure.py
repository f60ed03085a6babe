"""Where each segment of a panoptic map lies, and how large it is."""

from typing import NamedTuple

import numpy as np


class Region(NamedTuple):
    """The pixels of one id; ``box`` is (x, y, width, height), the smallest that holds them."""

    area: int
    box: tuple[int, int, int, int]


def measure_map(ids: np.ndarray) -> dict[int, Region]:
    """Area and box of each id of a map, void (0) included.

    Works on the runs of equal pixels in each row, of which there are far fewer than pixels.

    Args:
        ids: Integers [H, W].
    """
    height, width = ids.shape
    begins: np.ndarray = np.ones(ids.shape, bool)
    begins[:, 1:] = ids[:, 1:] != ids[:, :-1]
    starts = np.flatnonzero(begins)
    if not starts.size:
        return {}
    found, which = np.unique(ids.ravel()[starts], return_inverse=True)
    order = np.argsort(which, kind='stable')
    starts, lengths = starts[order], np.diff(starts, append=height * width)[order]
    firsts = np.searchsorted(which[order], np.arange(len(found)))
    rows, columns = np.divmod(starts, width)
    areas = np.add.reduceat(lengths, firsts)
    left, right = (
        np.minimum.reduceat(columns, firsts),
        np.maximum.reduceat(columns + lengths, firsts),
    )
    top, bottom = np.minimum.reduceat(rows, firsts), np.maximum.reduceat(rows, firsts) + 1
    boxes = np.stack([left, top, right - left, bottom - top], axis=1)
    return {
        id: Region(area, (box[0], box[1], box[2], box[3]))
        for id, area, box in zip(found.tolist(), areas.tolist(), boxes.tolist(), strict=True)
    }
