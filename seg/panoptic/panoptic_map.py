"""One form for panoptic maps, whichever encoding they come in: mmdet's or COCO's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: mmdet's, kept here because importing it would import all of mmdet's metrics.
INSTANCE_OFFSET = 1000


@dataclass(frozen=True)
class PanopticMap:
    """Which of S segments each pixel belongs to.

    Args:
        indices: Integers [H, W]: 0 is void, k + 1 is segment k.
        classes: int [S], the class of each segment.
        crowd: bool [S], whether a segment is a crowd, a region that is not counted.
        listed_areas: int [S], the area that its annotation gives each segment, where that is to
            count and not the number of its pixels. Defaults to None.
        codes: int [S], mmdet's code of each segment, where the map came in it. Defaults to None.
    """

    indices: np.ndarray
    classes: np.ndarray
    crowd: np.ndarray
    listed_areas: np.ndarray | None = None
    codes: np.ndarray | None = None

    @property
    def areas(self) -> np.ndarray:
        """Pixels of each segment, int [S]."""
        return np.bincount(self.indices.ravel(), minlength=len(self.classes) + 1)[1:]


def from_segment_ids(
    ids: np.ndarray,
    segments: Mapping[int, int],
    crowd: Sequence[int] = (),
    listed_areas: Mapping[int, int] | None = None,
) -> PanopticMap:
    """A map of segment ids, as COCO has them.

    Args:
        ids: Integers [H, W], not negative; 0 is void.
        segments: The class of each segment id. Ids that no pixel has are allowed.
        crowd: Ids of segments that are crowds.
        listed_areas: The area that the annotation gives each segment id. Defaults to None.

    Raises:
        ValueError: If the map has ids that are not in ``segments``, or 0 is.
    """
    if min(segments, default=1) < 1:
        raise ValueError(f'segment id {min(segments)} is not positive; 0 is void')
    found, which, lengths = _runs(ids)
    numbers = {0: 0} | {segment: number for number, segment in enumerate(segments, start=1)}
    unknown = [i for i in found.tolist() if i not in numbers]
    if unknown:
        listed = ', '.join(map(str, unknown[:5])) + (', ...' if len(unknown) > 5 else '')
        raise ValueError(
            f'{len(unknown)} segments of the map are not among its {len(segments)} listed '
            f'segments: id {listed}'
        )
    lookup = np.array([numbers[i] for i in found.tolist()], np.intp)
    crowds = frozenset(crowd)
    return PanopticMap(
        np.repeat(lookup[which], lengths).reshape(ids.shape),
        np.array(list(segments.values()), np.intp),
        np.array([segment in crowds for segment in segments], bool),
        None if listed_areas is None else np.array([listed_areas[s] for s in segments], np.intp),
    )


def from_mmdet(
    sem_seg: np.ndarray, num_classes: int, ignore_index: int | None = None
) -> PanopticMap:
    """A prediction in mmdet's encoding, ``class + instance * offset``, see :func:`instance_offset`.

    Args:
        sem_seg: Integers [H, W], not negative. The class ``num_classes`` is void.
        num_classes: C.
        ignore_index: Another class that is void. Defaults to None.

    Raises:
        ValueError: If a class is none of them.
    """
    found, which, lengths = _runs(sem_seg)
    classes = found % instance_offset(num_classes)
    is_segment = classes != num_classes
    if ignore_index is not None:
        is_segment &= classes != ignore_index
    lookup = np.where(is_segment, np.cumsum(is_segment), 0)
    classes = classes[is_segment].astype(np.intp)
    if classes.max(initial=0) > num_classes:
        raise ValueError(
            f'a predicted segment has class {classes.max()}, there are {num_classes} classes'
        )
    return PanopticMap(
        np.repeat(lookup[which], lengths).reshape(sem_seg.shape),
        classes,
        np.zeros(len(classes), bool),
        codes=found[is_segment],
    )


def instance_offset(num_classes: int) -> int:
    """What is between the codes of two instances of a class: a power of ten above the number of classes.

    Up to 999 classes, whose void is then below 1000, it is mmdet's.
    """
    return max(INSTANCE_OFFSET, 10 ** len(str(num_classes)))


def _runs(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The distinct ids of a map, which of them each run of equal pixels has, and the runs' lengths.

    There are far fewer runs than pixels, so finding the distinct ids costs little.
    """
    flat = ids.ravel()
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = np.concatenate([np.zeros(min(flat.size, 1), np.intp), starts])
    found, which = np.unique(flat[starts], return_inverse=True)
    return found, which, np.diff(starts, append=flat.size)
