"""COCO's panoptic PNG: a segment's id is a colour, R + 256 G + 256^2 B, and id 0 is void."""

from io import BytesIO
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

MAX_ID = 256**3 - 1


def decode(rgb: np.ndarray) -> np.ndarray:
    """Colours to segment ids.

    Args:
        rgb: uint8 [H, W, 3].

    Returns:
        int32 [H, W].
    """
    ids = rgb[..., 2].astype(np.int32)
    for channel in (1, 0):
        ids <<= 8
        ids |= rgb[..., channel]
    return ids


def encode(ids: np.ndarray) -> np.ndarray:
    """Segment ids to colours, the inverse of :func:`decode`.

    Args:
        ids: Integers [H, W] from 0 (void) to ``MAX_ID``.

    Returns:
        uint8 [H, W, 3].

    Raises:
        ValueError: If an id does not fit three bytes.
    """
    if ids.size and (ids.min() < 0 or ids.max() > MAX_ID):
        raise ValueError(
            f'segment ids from {ids.min()} to {ids.max()} do not fit a panoptic PNG, '
            f'whose ids are from 0 to {MAX_ID}'
        )
    rgb = np.empty((*ids.shape, 3), np.uint8)
    for channel in range(3):
        rgb[..., channel] = (ids >> 8 * channel) & 255
    return rgb


def read_panoptic_png(path: str | PathLike) -> np.ndarray:
    """Read the segment ids of a panoptic PNG.

    Returns:
        int32 [H, W]; 0 is void.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or not an 8-bit RGB image; names the file.
    """
    path = Path(path).expanduser()
    try:
        with Image.open(path) as image:
            if image.mode != 'RGB':
                raise ValueError(f'its mode is {image.mode}, expected RGB')
            return decode(np.asarray(image))
    except FileNotFoundError:
        raise FileNotFoundError(f'panoptic PNG {path} does not exist') from None
    except (OSError, SyntaxError, ValueError) as error:  # PIL's, for damaged files
        raise ValueError(f'panoptic PNG {path} cannot be read: {error}') from None


def panoptic_png(ids: np.ndarray, text: PngInfo | None = None) -> bytes:
    """The panoptic PNG of segment ids.

    Args:
        ids: Integers [H, W]; see :func:`encode`.
        text: What else the file says. Defaults to None: nothing.

    Raises:
        ValueError: If an id does not fit three bytes.
    """
    content = BytesIO()
    Image.fromarray(encode(ids)).save(content, format='PNG', pnginfo=text)
    return content.getvalue()


def write_panoptic_png(path: str | PathLike, ids: np.ndarray) -> None:
    """Write segment ids, integers [H, W], as a panoptic PNG; see :func:`encode`."""
    Path(path).expanduser().write_bytes(panoptic_png(ids))
