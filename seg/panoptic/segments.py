"""A panoptic map as a list of segments, for people."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seg.panoptic.panoptic_map import from_mmdet
from seg.text_classifier.candidates import split_classes


class Segment(NamedTuple):
    """One segment of an image.

    Attributes:
        label: Index of its class.
        name: First candidate of its class.
        is_thing: Whether it is one object; else all there is of some stuff.
        score: Probability of the class, in [0, 1].
        box: (x1, y1, x2, y2) in pixels.
        mask: bool array [H, W].
    """

    label: int
    name: str
    is_thing: bool
    score: float
    box: tuple[int, int, int, int]
    mask: np.ndarray


def segments_of(
    panoptic: np.ndarray, scores: Mapping[int, float], classes: Sequence[str], num_things: int
) -> tuple[np.ndarray, list[Segment]]:
    """The segments of a panoptic map, the largest first.

    Args:
        panoptic: int [H, W], label + instance * offset, void is C, see
            :func:`~seg.panoptic.panoptic_map.instance_offset`.
        scores: Score of each such code.
        classes: The C class names.
        num_things: Number of things, the first ones of the classes.

    Returns:
        A map of indices into the segments, int32 [H, W], -1 for void, and the segments.
    """
    found = from_mmdet(panoptic, len(classes))
    assert found.codes is not None  # mmdet's are
    order = np.argsort(-found.areas, kind='stable')
    rank = np.full(len(order) + 1, -1, np.int32)
    rank[1 + order] = np.arange(len(order))
    index = rank[found.indices]
    names = [own[0] for own in split_classes(classes)]
    segments = []
    for number, segment in enumerate(order):
        label, mask = int(found.classes[segment]), index == number
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        score = float(scores.get(int(found.codes[segment]), float('nan')))
        segments.append(Segment(label, names[label], label < num_things, score, box, mask))
    return index, segments


def segment_codes(index: np.ndarray, count: int) -> np.ndarray:
    """The numbers of ``count`` segments from 1, and 0 for none: [H, W] of uint8, or uint16 where they are many.

    Args:
        index: int32 [H, W], the segment of each pixel, -1 for none.
        count: Number of segments, fewer than 65,536.
    """
    return index.astype(np.uint8 if count < 256 else np.uint16) + 1  # which wraps from -1 to 0
