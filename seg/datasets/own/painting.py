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


class _Object(NamedTuple):
    """A thing, or a crowd of them, cut out so that thousands of them fit the memory.

    Attributes:
        label: Index of the class.
        is_crowd: Whether it stands for several objects.
        area: In pixels.
        box: Rows and columns.
        mask: bool, of the box.
    """

    label: int
    is_crowd: bool
    area: int
    box: tuple[slice, slice]
    mask: np.ndarray


class Painting(NamedTuple):
    """A panoptic map, and what marks came to.

    Attributes:
        indices: Index of each pixel's segment, int32 [H, W], -1 for void.
        segments: The segments, all of which are seen.
        small: Number of components that were too small, void now.
        hidden: Number of segments that are left out because others cover them whole: crowds, objects, and
            all stuff of a class.
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
    segments: list[PaintedSegment] = []
    stuff: dict[int, int] = {}
    for mark in marks:
        if not things[mark.label]:
            number = stuff.setdefault(mark.label, len(segments))
            if number == len(segments):
                segments.append(PaintedSegment(mark.label, is_crowd=False))
            canvas[mark.mask] = number
    own = [mark for mark in marks if things[mark.label]]
    objects, small = _objects(own, components=components, min_area=min_area)
    objects.sort(key=lambda thing: (not thing.is_crowd, 0 if thing.is_crowd else -thing.area))
    for thing in objects:
        canvas[thing.box][thing.mask] = len(segments)
        segments.append(PaintedSegment(thing.label, thing.is_crowd))
    seen, index = np.unique(canvas, return_inverse=True)
    kept = [int(number) for number in seen if number >= 0]
    new = np.array([-1] * (len(seen) - len(kept)) + list(range(len(kept))), np.int32)
    return Painting(
        new[index].reshape(size),
        [segments[number] for number in kept],
        small,
        len(segments) - len(kept),
    )


def _objects(
    marks: Sequence[Mark], *, components: bool, min_area: int
) -> tuple[list[_Object], int]:
    """The objects of marks of things, those that are several taken apart; and how many were too small."""
    found, small = [], 0
    for mark in marks:
        is_apart = mark.is_semantic and components
        parts = ndimage.label(mark.mask, _NEIGHBOURS)[0] if is_apart else mark.mask.view(np.uint8)
        areas = np.bincount(parts.ravel()).tolist()
        for number, box in enumerate(ndimage.find_objects(parts), 1):
            if is_apart and areas[number] < min_area:
                small += 1
            else:
                crop = parts[box] == number
                found.append(_Object(mark.label, mark.is_crowd, areas[number], box, crop))
    return found, small
