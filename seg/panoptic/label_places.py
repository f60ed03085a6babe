"""Where the labels of a picture's segments go."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

_CELLS = 128  # of a grid along the picture's longer side, on which places are chosen
#: The price of a place: of a whole segment that is hidden, of a label that lies on others alone,
#: and of a label's height between its middle and the segment.
_HIDDEN, _STRANGE, _FAR = 4.0, 1.0, 0.15
_REACH = 2  # cells between a label and its segment that need no line


class Place(NamedTuple):
    """Where a label goes, in pixels.

    Attributes:
        left: Of the label's box.
        top: Of the label's box.
        anchor: (x, y), a point of the segment where a line from the label ends; None if the two
            touch.
    """

    left: int
    top: int
    anchor: tuple[int, int] | None


def place_labels(index: np.ndarray, sizes: Sequence[tuple[int, int]]) -> list[Place | None]:
    """Places of N labels within the picture, none over another.

    A label lies on its segment where that is large, else beside it, where it hides as little of the
    others as may be. Small segments choose first: they have the fewest places.

    Args:
        index: int [H, W], the segment of each pixel, -1 for none.
        sizes: (width, height) of each label.

    Returns:
        The place of each label; None where there is no room left.
    """
    cell = min(max(1, round(max(index.shape) / _CELLS)), *index.shape)
    grid = _cells(index, len(sizes), cell)
    areas = np.bincount(grid.ravel() + 1, minlength=len(sizes) + 1).astype(np.float32)
    parts = 1 / np.maximum(areas, 1)  # that a cell is of its segment
    parts[0] = 0
    hidden = cv2.integral(parts[grid + 1])
    places: list[Place | None] = [None] * len(sizes)
    taken: list[tuple[int, int, int, int]] = []
    for number in np.argsort(areas[1:], kind='stable').tolist():
        width, height = sizes[number]
        columns, rows = width // cell + 2, height // cell + 2  # with a margin
        own = (grid == number).astype(np.uint8)
        if not own.any() or rows > grid.shape[0] or columns > grid.shape[1]:
            continue
        price = _price(own, hidden, (columns, rows))
        for x1, y1, x2, y2 in taken:
            price[max(0, y1 - rows + 1) : y2, max(0, x1 - columns + 1) : x2] = np.inf
        y, x = divmod(int(price.argmin()), price.shape[1])
        if price[y, x] == np.inf:
            continue
        box = (x, y, x + columns, y + rows)
        taken.append(box)
        left, top = x * cell + (columns * cell - width) // 2, y * cell + (rows * cell - height) // 2
        places[number] = Place(left, top, _anchor(own, box, cell))
    return places


def _cells(index: np.ndarray, count: int, cell: int) -> np.ndarray:
    """The segment in the middle of each cell; one too small for that has a cell all the same."""
    rows, columns = (side // cell for side in index.shape)
    grid = index[cell // 2 :: cell, cell // 2 :: cell][:rows, :columns].copy()
    for number in np.setdiff1d(np.arange(count), grid):
        y, x = np.nonzero(index == number)
        if len(y):
            middle = len(y) // 2
            grid[min(y[middle] // cell, rows - 1), min(x[middle] // cell, columns - 1)] = number
    return grid


def _price(own: np.ndarray, hidden: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Of each place of a label of (columns, rows): float [H - rows + 1, W - columns + 1]."""
    columns, rows = size
    away = cv2.distanceTransform(1 - own, cv2.DIST_L2, 3)
    x, y, width, height = cv2.boundingRect(own)
    area = (slice(y, y + height), slice(x, x + width))
    padded = cv2.copyMakeBorder(own[area], 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    away[area] = away[area] - depth
    price = _HIDDEN * _sums(hidden, size)
    price -= _STRANGE / (columns * rows) * _sums(cv2.integral(own), size)
    middles = away[rows // 2 :, columns // 2 :][: price.shape[0], : price.shape[1]]
    return price + _FAR / rows * middles


def _sums(integral: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Of each box of (columns, rows), the sum of its cells."""
    columns, rows = size
    bands = integral[rows:] - integral[:-rows]
    return bands[:, columns:] - bands[:, :-columns]


def _anchor(own: np.ndarray, box: tuple[int, int, int, int], cell: int) -> tuple[int, int] | None:
    """Where the segment is nearest to a label, a little inside of it."""
    left, top, right, bottom = box
    if own[top:bottom, left:right].any():
        return None
    points = cv2.findNonZero(own)[:, 0]
    ends = np.clip(points, box[:2], np.subtract(box[2:], 1))
    gaps = np.hypot(*(points - ends).T)
    if gaps.min() <= _REACH:
        return None
    x, y = points[gaps <= gaps.min() + 1].mean(0)
    x, y = points[np.hypot(*(points - (x, y)).T).argmin()].tolist()
    return x * cell + cell // 2, y * cell + cell // 2
