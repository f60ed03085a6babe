"""A picture for the page: as it is, and with its segments."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import cv2
import numpy as np

from seg.datasets.browse.classes import BrowsedClass
from seg.datasets.browse.entries import Entry
from seg.datasets.browse.kinds import Box, Finding
from seg.datasets.browse.measure import Region, measure_map
from seg.panoptic.picture import draw_segments
from seg.panoptic.png import read_panoptic_png
from seg.panoptic.segments import Segment
from seg.runtime.image_files import read_image

#: Longer side, in pixels: labels can be read, and a picture takes some 50 kB.
SIDE = 640
_QUALITY = 80
_GREY = 96


class Drawn(NamedTuple):
    """A picture for the page.

    Attributes:
        plain: JPEG of the picture; b'' if it cannot be read.
        drawn: JPEG with the segments, over grey where they do not fit the picture; b'' without a map.
        size: (width, height) of the JPEGs as they are drawn; (0, 0) without one.
        regions: Area and box of each id in the map, by the ids.
    """

    plain: bytes
    drawn: bytes
    size: tuple[int, int]
    regions: dict[int, Region]


def draw_entry(item: tuple[Entry, tuple[Finding, ...]], classes: Sequence[BrowsedClass]) -> Drawn:
    """Draw a picture, with white frames where something is odd.

    Args:
        item: The picture, and what is odd about it.
        classes: The classes.
    """
    entry, findings = item
    image, ids = None, None
    with suppress(OSError, ValueError):  # which the findings name
        image = read_image(entry.image)
    with suppress(OSError, ValueError):
        ids = read_panoptic_png(entry.png)
    plain = None if image is None else _fit(image, cv2.INTER_AREA)
    if ids is None:
        jpeg = _jpeg(plain, None)
        return Drawn(jpeg, b'', (0, 0) if plain is None else plain.shape[1::-1], {})
    if image is not None and image.shape[:2] == ids.shape:
        below = image
    else:
        below = np.full((*ids.shape, 3), _GREY, np.uint8)
    drawn = draw_segments(
        _fit(below, cv2.INTER_AREA), *_segments(_fit(ids, cv2.INTER_NEAREST), entry, classes)
    )
    scale = drawn.shape[1] / ids.shape[1], drawn.shape[0] / ids.shape[0]
    for finding in findings:
        for box in finding.boxes:
            _frame(drawn, box, scale)
    size = (drawn.shape[1], drawn.shape[0])
    return Drawn(_jpeg(plain, size), _jpeg(drawn, None), size, measure_map(ids))


def _segments(
    ids: np.ndarray, entry: Entry, classes: Sequence[BrowsedClass]
) -> tuple[np.ndarray, list[Segment]]:
    """The segments of a map as they are drawn, the largest first; -1 is none."""
    found = [
        (id, region)
        for id, region in measure_map(ids).items()
        if id in entry.segments and id and entry.segments[id].label >= 0
    ]
    found.sort(key=lambda own: -own[1].area)
    index: np.ndarray = np.full(ids.shape, -1, np.int32)
    segments = []
    for number, (id, region) in enumerate(found):
        left, top, width, height = region.box
        mask = ids == id
        index[mask] = number
        label = entry.segments[id].label
        box = (left, top, left + width, top + height)
        own = classes[label]
        segments.append(Segment(label, own.label, own.is_thing, float('nan'), box, mask))
    return index, segments


def _fit(array: np.ndarray, interpolation: int) -> np.ndarray:
    """Made smaller, if it is larger than the page shows it."""
    height, width = array.shape[:2]
    scale = SIDE / max(height, width)
    if scale >= 1:
        return array
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(array, size, interpolation=interpolation)


def _frame(canvas: np.ndarray, box: Box, scale: tuple[float, float], margin: int = 5) -> None:
    height, width = canvas.shape[:2]
    ends = (
        (box[0], -margin, 0, width - 2),
        (box[1], -margin, 1, height - 2),
        (box[0] + box[2], margin, 0, width - 2),
        (box[1] + box[3], margin, 1, height - 2),
    )
    left, top, right, bottom = (
        int(max(1, min(last, value * scale[axis] + more))) for value, more, axis, last in ends
    )
    for colour, line in (((0, 0, 0), 4), ((255, 255, 255), 2)):
        cv2.rectangle(canvas, (left, top), (right, bottom), colour, line)


def _jpeg(image: np.ndarray | None, size: tuple[int, int] | None) -> bytes:
    """A picture's JPEG, enlarged to a size of the same shape; one of another shape is left."""
    if image is None:
        return b''
    height, width = image.shape[:2]
    if size is not None and size[0] > width and size[0] * height == size[1] * width:
        image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    done, content = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done  # JPEG takes every size that _fit leaves
    return content.tobytes()
