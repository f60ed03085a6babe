"""A panoptic map as a list of segments, for people."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seg.panoptic.panoptic_map import INSTANCE_OFFSET
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
        panoptic: int [H, W], label + instance * 1000, void is C.
        scores: Score of each such code.
        classes: The C class names.
        num_things: Number of things, the first ones of the classes.

    Returns:
        A map of indices into the segments, int32 [H, W], -1 for void, and the segments.
    """
    index = np.full(panoptic.shape, -1, np.int32)
    codes, counts = np.unique(panoptic, return_counts=True)
    order = [code for code in codes[np.argsort(-counts)] if code % INSTANCE_OFFSET < len(classes)]
    names = [own[0] for own in split_classes(classes)]
    segments = []
    for code in order:
        label, mask = int(code % INSTANCE_OFFSET), panoptic == code
        index[mask] = len(segments)
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = tuple(int(v) for v in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
        is_thing = label < num_things
        score = float(scores.get(int(code), float('nan')))
        segments.append(Segment(label, names[label], is_thing, score, box, mask))
    return index, segments
