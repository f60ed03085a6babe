"""The picture that a visitor gives: what of it is taken."""

from pathlib import Path

import cv2
import numpy as np

from page.texts import Texts
from seg.runtime.image_files import UnreadableImageError, read_image, read_image_header

MAX_PIXELS = 50_000_000  # of a picture before it is made smaller; decoded, 12 bytes each
LONGEST_SIDE = 1600  # larger pictures cost time and show no more
_SHORTEST_SIDE = 8
_LARGEST_RATIO = 40


def read_picture(file: Path | None, say: Texts) -> np.ndarray:
    """A picture, turned upright and made smaller if it is large: uint8 [H, W, 3] in BGR.

    Args:
        file: The file; None if there is none.
        say: The texts of the visitor's language, for errors.

    Raises:
        ValueError: If it is no picture, too narrow, or has too many pixels, which is seen before it
            is decoded.
    """
    if file is None:
        raise ValueError(say['no_picture'])
    try:
        width, height = read_image_header(file).size
        _check_size(width, height, say)
        return _no_larger(read_image(file, upright=True))
    except (UnreadableImageError, OSError):  # its message names a folder that is not the visitor's
        raise ValueError(say['unreadable']) from None


def _check_size(width: int, height: int, say: Texts) -> None:
    if width * height > MAX_PIXELS:
        most = MAX_PIXELS // 10**6
        raise ValueError(say['many_pixels'].format(width=width, height=height, most=most))
    short, long = sorted((height, width))
    if short < _SHORTEST_SIDE or long > _LARGEST_RATIO * short:
        limits = dict(least=_SHORTEST_SIDE, ratio=_LARGEST_RATIO)
        raise ValueError(say['narrow'].format(width=width, height=height, **limits))


def _no_larger(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return image
    size = (round(width * scale), round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
