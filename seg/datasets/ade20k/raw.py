"""From ADE20K's released annotations of an image to its panoptic segments.

Segments, categories and ids are those of mmdet's ``ade20k2coco.py``: first stuff, from the semantic
map, then things, from the instance map, drawn over it; things that are no instance are void. Areas
and boxes are of the pixels that are left, as panopticapi's rules need them: mmdet's are of stuff
before things cover it, and it lists stuff that is covered whole. mmdet's boxes of things have a slip.
"""

import numpy as np

from ext.class_names import ade20k_panoptic, ade20k_semantic
from seg.panoptic.segment_ids import SegmentIds, new_segments

THINGS = len(ade20k_panoptic.THINGS)
COLORS = dict(enumerate(ade20k_panoptic.PALETTE))
#: Category of each value of the semantic map; 0 is unlabelled.
CATEGORY_OF_SEMANTIC = (-1, *(ade20k_panoptic.NAMES.index(name) for name in ade20k_semantic.NAMES))


def categories() -> list[dict]:
    """The ``categories`` of the panoptic annotation files."""
    return [
        {'id': i, 'name': name, 'isthing': int(i < THINGS), 'color': list(COLORS[i])}
        for i, name in enumerate(ade20k_panoptic.NAMES)
    ]


def panoptic_segments(
    semantic: np.ndarray, instance: np.ndarray, seed: str
) -> tuple[np.ndarray, list[dict]]:
    """Join the two maps of an image.

    Args:
        semantic: uint8 [H, W], 0 unlabelled, 1 to 150 the classes.
        instance: uint8 [H, W, 3], red the class of a thing, 1 to 100, green its number, from 1.
        seed: Decides the ids of further things of a category; the image's id.

    Returns:
        Segment ids, int32 [H, W], and ``segments_info``.

    Raises:
        ValueError: If the maps do not fit together or hold values they must not.
    """
    if semantic.ndim != 2 or instance.shape != (*semantic.shape, 3):
        raise ValueError(f'the shapes {semantic.shape} and {instance.shape} do not fit together')
    if semantic.max(initial=0) >= len(CATEGORY_OF_SEMANTIC):
        raise ValueError(f'semantic class {semantic.max()} is more than 150')
    new_ids = SegmentIds(colors=COLORS, stuff=range(THINGS, len(COLORS)), seed=seed)
    number = instance[..., 1]
    uncovered = np.where(number > 0, 0, semantic)

    stuff = {
        value: CATEGORY_OF_SEMANTIC[value]
        for value in np.flatnonzero(np.bincount(uncovered.ravel())).tolist()
        if CATEGORY_OF_SEMANTIC[value] >= THINGS
    }
    stuff_ids, segments = new_segments(uncovered, stuff, new_ids)
    thing_ids, thing_segments = new_segments(number, _thing_categories(instance), new_ids)
    return np.where(number > 0, thing_ids, stuff_ids), segments + thing_segments


def _thing_categories(instance: np.ndarray) -> dict[int, int]:
    """Category of each thing by its number."""
    joint = np.bincount(instance[..., 1].ravel() * np.intp(256) + instance[..., 0].ravel())
    found: dict[int, int] = {}
    for value in np.flatnonzero(joint).tolist():
        number, red = divmod(value, 256)
        if number == 0:
            continue
        if number in found:
            raise ValueError(f'instance {number} has the classes {found[number] + 1} and {red}')
        if not 1 <= red <= THINGS:
            raise ValueError(f'instance {number} has the class {red}, which is not 1 to {THINGS}')
        found[number] = red - 1
    return found
