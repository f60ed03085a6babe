"""One form for panoptic maps, whichever encoding they come in: mmdet's or COCO's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PanopticMap:
    """Which of S segments each pixel belongs to.

    Args:
        indices: Integers [H, W]: 0 is void, k + 1 is segment k.
        classes: int [S], the class of each segment.
        crowd: bool [S], whether a segment is a crowd, a region of uncounted things.
    """

    indices: np.ndarray
    classes: np.ndarray
    crowd: np.ndarray

    @property
    def areas(self) -> np.ndarray:
        """Pixels of each segment, int [S]."""
        return np.bincount(self.indices.ravel(), minlength=len(self.classes) + 1)[1:]


def from_segment_ids(
    ids: np.ndarray, segments: Mapping[int, int], crowd: Sequence[int] = ()
) -> PanopticMap:
    """A map of segment ids, as COCO has them.

    Args:
        ids: Integers [H, W], not negative; 0 is void.
        segments: The class of each segment id. Ids that no pixel has are allowed.
        crowd: Ids of segments that are crowds.

    Raises:
        ValueError: If the map has ids that are not in ``segments``, or 0 is.
    """
    known = np.fromiter(segments, np.int64, len(segments))
    if len(known) and known.min() < 1:
        raise ValueError(f'segment id {known.min()} is not positive; 0 is void')
    # A table from id to index. Its pages stay untouched, and cost nothing, but for the few ids.
    table = np.zeros(max([ids.max(initial=0), *known]) + 1, np.int32)
    table[known] = np.arange(1, len(known) + 1)
    indices = table[ids]
    if np.count_nonzero(indices) != np.count_nonzero(ids):
        unknown = np.setdiff1d(ids, [0, *known])
        listed = ', '.join(map(str, unknown[:5])) + (', ...' if len(unknown) > 5 else '')
        raise ValueError(
            f'{len(unknown)} segments of the map are not among its {len(known)} listed segments: '
            f'id {listed}'
        )
    return PanopticMap(
        indices,
        np.fromiter(segments.values(), np.int64, len(segments)),
        np.isin(known, np.fromiter(crowd, np.int64, len(crowd))),
    )


def from_mmdet(
    sem_seg: np.ndarray, num_classes: int, instance_offset: int, ignore_index: int | None = None
) -> PanopticMap:
    """A prediction in mmdet's encoding, ``class + instance * instance_offset``.

    Args:
        sem_seg: Integers [H, W], not negative. The class ``num_classes`` is void.
        num_classes: C.
        instance_offset: mmdet's ``INSTANCE_OFFSET``.
        ignore_index: Another class that is void. Defaults to None.

    Raises:
        ValueError: If there are too many classes for the encoding, or a class is none of them.
    """
    if num_classes >= instance_offset:
        raise ValueError(
            f"mmdet's panoptic encoding holds at most {instance_offset - 1} classes, "
            f'there are {num_classes}'
        )
    ids = np.flatnonzero(np.bincount(sem_seg.ravel()))
    classes = ids % instance_offset
    is_segment = classes != num_classes
    if ignore_index is not None:
        is_segment &= classes != ignore_index
    ids, classes = ids[is_segment], classes[is_segment]
    if len(classes) and classes.max() > num_classes:
        raise ValueError(
            f'a predicted segment has class {classes.max()}, there are {num_classes} classes'
        )
    table = np.zeros(sem_seg.max(initial=0) + 1, np.int32)
    table[ids] = np.arange(1, len(ids) + 1)
    return PanopticMap(table[sem_seg], classes, np.zeros(len(ids), bool))
