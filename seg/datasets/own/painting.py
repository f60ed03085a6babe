"""Marks on a picture to a panoptic map, in which every pixel is of one segment or void."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from seg.datasets.own.source import Mark

_NEIGHBOURS = np.ones((3, 3), bool)  # pixels that touch at a corner are of one component


class PaintedSegment(NamedTuple):
    """A segment of the map.

    Attributes:
        label: Index of the class.
        is_crowd: Whether it stands for several objects.
    """

    label: int
    is_crowd: bool


class Painting(NamedTuple):
    """A panoptic map, and what marks came to.

    Attributes:
        indices: Index of each pixel's segment, int32 [H, W], -1 for void.
        segments: The segments, all of which are seen.
        small: Number of components that were too small, void now.
        hidden: Number of marks of which no pixel is seen.
    """

    indices: np.ndarray
    segments: list[PaintedSegment]
    small: int
    hidden: int


def paint(
    marks: Sequence[Mark],
    things: Sequence[bool],
    size: tuple[int, int],
    *,
    components: bool = True,
    min_area: int = 0,
) -> Painting:
    """Lay marks over each other.

    Stuff lies below, in the order of the marks, and all of a class is one segment. Crowds lie above it, then
    objects, the smaller ones above the larger, so that what lies in front is rarely hidden; of equal
    ones the later above.

    Args:
        marks: The marks.
        things: Whether each class is a thing.
        size: (height, width) of the picture.
        components: Whether each connected component of a thing that is marked as a whole is an object.
        min_area: Of a component, in pixels; smaller ones are void.
    """
    canvas = np.full(size, -1, np.int32)
    own = [mark for mark in marks if things[mark.label]]
    objects, small = _objects(own, components=components, min_area=min_area)
    crowds = [mark for mark in objects if mark.is_crowd]
    single = [mark for mark in objects if not mark.is_crowd]
    single.sort(key=lambda mark: -int(mark.mask.sum()))
    stuff: dict[int, int] = {}
    segments: list[PaintedSegment] = []
    for mark in [m for m in marks if not things[m.label]] + crowds + single:
        if things[mark.label]:
            number = len(segments)
        else:
            number = stuff.setdefault(mark.label, len(segments))
        if number == len(segments):
            segments.append(PaintedSegment(mark.label, mark.is_crowd and things[mark.label]))
        canvas[mark.mask] = number
    seen, index = np.unique(canvas, return_inverse=True)
    kept = [int(number) for number in seen if number >= 0]
    new = np.array([-1] * (len(seen) - len(kept)) + list(range(len(kept))), np.int32)
    return Painting(
        new[index].reshape(size),
        [segments[number] for number in kept],
        small,
        len(segments) - len(kept),
    )


def _objects(marks: Sequence[Mark], *, components: bool, min_area: int) -> tuple[list[Mark], int]:
    """Marks of things, those of several objects taken apart; and how many were too small."""
    found, small = [], 0
    for mark in marks:
        if not (mark.is_semantic and components):
            found.append(mark)
            continue
        parts, count = ndimage.label(mark.mask, _NEIGHBOURS)
        areas = np.bincount(parts.ravel(), minlength=count + 1)
        for number in range(1, count + 1):
            if areas[number] < min_area:
                small += 1
            else:
                found.append(mark._replace(mask=parts == number, is_semantic=False))
    return found, small
