"""How much there is of each class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seg.datasets.browse.examine import Examined

_FEW_PICTURES = 10


@dataclass(frozen=True)
class ClassCounts:
    """How much there is of a class.

    Attributes:
        pictures: Pictures that have it, of each split.
        segments: Its segments.
        pixels: Their pixels.
        median_area: Median of their pixels; NaN without a segment.
        median_share: Median of their shares of their pictures.
    """

    pictures: tuple[int, ...]
    segments: int
    pixels: int
    median_area: float
    median_share: float


@dataclass(frozen=True)
class Counts:
    """How much there is of everything.

    Attributes:
        pictures: Pictures of each split.
        pixels: Pixels of all maps that can be read.
        void: Those that belong to no segment.
        classes: Of each class.
    """

    pictures: tuple[int, ...]
    pixels: int
    void: int
    classes: tuple[ClassCounts, ...]

    @property
    def segments(self) -> int:
        """Segments of all classes."""
        return sum(own.segments for own in self.classes)

    def is_rare(self, label: int) -> bool:
        """Whether fewer than ten pictures have a class; in a small set, fewer than a tenth of them."""
        enough = min(_FEW_PICTURES, -(-sum(self.pictures) // 10))
        return sum(self.classes[label].pictures) < enough


def count(examined: Sequence[Examined], splits: Sequence[int], num_classes: int) -> Counts:
    """Count classes, segments and pixels.

    A segment counts if its id is in the map and in the JSON; its size is that of its mask.

    Args:
        examined: The pictures.
        splits: The split of each, from 0.
        num_classes: C.
    """
    num_splits = max(splits, default=0) + 1
    places = np.repeat(np.arange(len(examined)), [len(own.labels) for own in examined])
    labels = np.concatenate([np.zeros(0, np.int64), *(own.labels for own in examined)])
    areas = np.concatenate([np.zeros(0, np.int64), *(own.areas for own in examined)])
    shares = areas / np.array([own.pixels for own in examined], np.float64)[places]
    pairs = np.unique(np.stack([labels, places]), axis=1)
    split_of = np.array(splits, np.int64)[pairs[1]]
    pictures = np.zeros((num_classes, num_splits), np.int64)
    np.add.at(pictures, (pairs[0], split_of), 1)
    order = np.argsort(labels, kind='stable')
    ends = np.searchsorted(labels[order], np.arange(num_classes + 1))
    classes = []
    for label in range(num_classes):
        own = order[ends[label] : ends[label + 1]]
        has_any = own.size > 0
        classes.append(
            ClassCounts(
                tuple(pictures[label].tolist()),
                len(own),
                int(areas[own].sum()),
                float(np.median(areas[own])) if has_any else float('nan'),
                float(np.median(shares[own])) if has_any else float('nan'),
            )
        )
    return Counts(
        tuple(np.bincount(splits, minlength=num_splits).tolist()),
        sum(own.pixels for own in examined),
        sum(own.void for own in examined),
        tuple(classes),
    )
