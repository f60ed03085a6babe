"""New segments and their ids: colours a person can read, as panopticapi gives them."""

import random
from collections.abc import Container, Mapping, Sequence

import numpy as np
from scipy.ndimage import find_objects

MAX_DISTANCE = 30


class SegmentIds:
    """Gives every segment of an image an id, which is its colour in the PNG.

    Stuff and the first thing of a category have the category's colour; further things have a free
    colour near it (panopticapi's ``IdGenerator``, with colours that repeat when the seed does).

    Args:
        colors: RGB colour of each category id.
        stuff: The category ids that are stuff.
        seed: The same seed gives the same ids, e.g. the image's id.
    """

    def __init__(
        self, *, colors: Mapping[int, Sequence[int]], stuff: Sequence[int], seed: str
    ) -> None:
        self._colors = colors
        self._stuff = frozenset(stuff)
        self._taken = {(0, 0, 0), *(tuple(colors[category]) for category in stuff)}
        self._random = random.Random(seed)

    def next(self, category: int) -> int:
        """Id of a further segment of a category; the same each time for stuff."""
        base = tuple(self._colors[category])
        color = base
        if category not in self._stuff:
            while color in self._taken:
                color = tuple(
                    min(255, max(0, value + self._random.randint(-MAX_DISTANCE, MAX_DISTANCE)))
                    for value in base
                )
            self._taken.add(color)
        return color[0] + 256 * color[1] + 256**2 * color[2]


def new_segments(
    regions: np.ndarray,
    categories: Mapping[int, int],
    new_ids: SegmentIds,
    crowds: Container[int] = (),
) -> tuple[np.ndarray, list[dict]]:
    """Make segments of the regions of a map.

    Args:
        regions: Number of each pixel's region, integers [H, W] from 0.
        categories: Category id of each region that becomes a segment, in this order; not 0, which is void
            as are the others. Each has a pixel.
        new_ids: Gives the ids.
        crowds: The regions that stand for several objects.

    Returns:
        Segment ids, int32 [H, W], and ``segments_info``.
    """
    areas = np.bincount(regions.ravel(), minlength=1)
    boxes = find_objects(regions)
    ids = np.zeros(len(areas), np.int32)
    segments = []
    for region, category in categories.items():
        ids[region] = new_ids.next(category)
        rows, columns = boxes[region - 1]
        x, y = int(columns.start), int(rows.start)
        segments.append(
            {
                'id': int(ids[region]),
                'category_id': category,
                'area': int(areas[region]),
                'bbox': [x, y, int(columns.stop) - x, int(rows.stop) - y],
                'iscrowd': int(region in crowds),
            }
        )
    return ids[regions], segments
