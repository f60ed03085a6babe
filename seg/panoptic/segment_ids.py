"""Ids of new segments: colours a person can read, as panopticapi gives them."""

import random
from collections.abc import Mapping, Sequence

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
