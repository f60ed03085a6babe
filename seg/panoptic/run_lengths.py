"""Masks as COCO writes them."""

from typing import Any

import numpy as np


def run_lengths(mask: np.ndarray) -> dict[str, Any]:
    """COCO's compressed run lengths of a mask, as text, which ``pycocotools.mask.decode`` reads.

    Args:
        mask: bool or 0 and 1, [H, W].
    """
    from pycocotools.mask import encode  # comes with mmdet

    coded = encode(np.asfortranarray(mask, np.uint8))
    return dict(size=list(coded['size']), counts=coded['counts'].decode())
