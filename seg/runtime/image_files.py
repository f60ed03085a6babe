"""The one reader of pictures: for training, test, checks and preparation, and for people's own.

In memory a picture is uint8 [H, W, 3] in BGR, the order of OpenCV and mmdet.

Panoptic annotations are drawn on the pixels as a file stores them, as COCO's and ADE20K's tools read
it. So an EXIF orientation tag is ignored, except in a person's own photograph, which is turned upright.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageOps

#: Of the longer side to the shorter. The shipped configs make the longer side as small as 102 pixels
#: (COCO's training); of a narrower picture nothing would be left.
MAX_ASPECT_RATIO = 200
#: What :func:`picture_pixels` takes.
Picture = str | PathLike | Image.Image | np.ndarray
_ORIENTATION = 0x0112
#: Of each orientation: whether rows are stored as columns, and the steps along the stored rows and columns.
_STORED = {
    1: (False, 1, 1),
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, -1, 1),
    7: (True, -1, -1),
    8: (True, 1, -1),
}
_JPEG_END = b'\xff\xd9'


class UnreadableImageError(ValueError):
    """A picture that is damaged, or of a size that cannot be worked on; names the file."""


class ImageHeader(NamedTuple):
    """What a file says of its picture before the pixels.

    Attributes:
        size: (width, height) of the stored pixels.
        mode: PIL's, e.g. 'RGB'.
        orientation: EXIF's, from 1 to 8: how viewers are to rotate or mirror the stored pixels; 1 is not.
    """

    size: tuple[int, int]
    mode: str
    orientation: int

    @property
    def is_turned(self) -> bool:
        """Whether viewers are to rotate or mirror the stored pixels."""
        return self.orientation != 1

    @property
    def upright_size(self) -> tuple[int, int]:
        """(width, height) as viewers show it."""
        return self.size if self.orientation < 5 else self.size[::-1]


def read_image(path: str | PathLike, *, upright: bool = False) -> np.ndarray:
    """Read a picture.

    Args:
        path: The file.
        upright: Whether to turn the picture as its EXIF tag says. Defaults to False, the pixels as
            they are stored.

    Returns:
        uint8 [H, W, 3] in BGR. Alpha is dropped, 16 bits become 8.

    Raises:
        FileNotFoundError: If there is no such file.
        UnreadableImageError: If it is no picture, damaged or cut.
    """
    return decode_image(_content(path), path, upright=upright)


def decode_image(content: bytes, name: str | PathLike, *, upright: bool = False) -> np.ndarray:
    """A picture from a file's content; see :func:`read_image`, ``name`` is for the error."""
    with _naming(name), Image.open(io.BytesIO(content)) as image:
        return _bgr(image, upright)


def picture_pixels(picture: Picture, name: str = 'given') -> np.ndarray:
    """A person's own picture, in any of the forms in which programs hold one.

    Args:
        picture: A file or a PIL image, which is turned upright as its EXIF tag says, or an array.
        name: Of what has no file, for the errors.

    Returns:
        uint8 [H, W, 3] in BGR. Of an array with these pixels itself, if it lies in one piece.

    Raises:
        FileNotFoundError: If there is no such file.
        UnreadableImageError: If it is no picture, damaged or cut.
        ValueError: If it is none of the three, or an array that is not uint8 [H, W, 3].
    """
    if isinstance(picture, (str, PathLike)):
        return read_image(Path(picture).expanduser(), upright=True)
    if isinstance(picture, Image.Image):
        with _naming(name):
            return _bgr(picture, upright=True)
    if not isinstance(picture, np.ndarray):
        kind = type(picture).__name__
        raise ValueError(
            f'image {name} is a {kind}; expected a path, a PIL image or an array (several go in a list)'
        )
    if picture.dtype != np.uint8 or picture.shape[2:] != (3,) or not picture.size:
        raise ValueError(
            f'image {name} is an array of {picture.dtype} {list(picture.shape)}; expected uint8 '
            '[H, W, 3] in BGR, as OpenCV reads it (a PIL image may have any mode)'
        )
    return np.ascontiguousarray(picture)


def picture_path(picture: Picture) -> Path | None:
    """The file that a picture was read from, absolute; None where that is not known."""
    path = picture.filename if hasattr(picture, 'filename') else picture  # PIL knows its file
    if not isinstance(path, (str, PathLike)) or not str(path):
        return None
    return Path(path).expanduser().absolute()


def read_image_header(path: str | PathLike, *, decode: bool = False) -> ImageHeader:
    """Read what a file says of its picture.

    Args:
        path: The file.
        decode: Whether to decode the pixels too, to see that they are there. Defaults to False: only
            of a JPEG that does not end as one should, which may be cut or have something after it.

    Raises:
        FileNotFoundError: If there is no such file.
        UnreadableImageError: If it is no picture, a cut JPEG, or, with ``decode``, otherwise damaged.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'image {path} does not exist')
    with _naming(path), Image.open(path) as image:
        header = image.size, image.mode
        if decode or (image.format == 'JPEG' and _JPEG_END not in last_bytes(path)):
            image.load()
        # Of a PNG without the tag PIL would decode all pixels, behind which the tag may be.
        has_tags = image.format != 'PNG' or 'exif' in image.info
        orientation = image.getexif().get(_ORIENTATION, 1) if has_tags else 1
        return ImageHeader(*header, orientation if orientation in _STORED else 1)


def as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels [H, W, ...] of a picture that was turned upright, as a file of this orientation stores them."""
    is_transposed, *steps = _STORED[orientation]
    turned = upright.swapaxes(0, 1) if is_transposed else upright
    return turned[:: steps[0], :: steps[1]]


@contextmanager
def explaining_transforms(name: str | PathLike) -> Iterator[None]:
    """Turn what OpenCV raises for a picture it cannot resize into an error that names the file.

    Raises:
        UnreadableImageError: E.g. for 6,000 x 1 pixels, of which nothing is left at a smaller size.
    """
    try:
        yield
    except cv2.error as error:
        reason = ' '.join(str(error).split())
        raise UnreadableImageError(f'image {name} cannot be transformed: {reason}') from None


def last_bytes(path: str | PathLike, count: int = 64) -> bytes:
    """The end of a file."""
    with Path(path).open('rb') as file:
        file.seek(max(0, Path(path).stat().st_size - count))
        return file.read()


def _content(path: str | PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f'image {path} does not exist') from None
    except (OSError, ValueError) as error:  # a folder, a name that is none, ...
        reason = getattr(error, 'strerror', None) or error
        raise UnreadableImageError(f'image {path} cannot be read: {reason}') from None


@contextmanager
def _naming(name: str | PathLike) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # decoders raise all kinds
        # PIL puts a stream's address or the file's name into some of its messages.
        reason = 'no picture' if isinstance(error, Image.UnidentifiedImageError) else error
        raise UnreadableImageError(f'image {name} cannot be read: {reason}') from None


def _bgr(image: Image.Image, upright: bool) -> np.ndarray:
    turned = ImageOps.exif_transpose(image) if upright else image
    return cv2.cvtColor(_rgb(turned), cv2.COLOR_RGB2BGR)


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith('I'):  # 16 bits; PIL would make everything above 255 white
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode == 'F':
        raise ValueError('its pixels are floating-point numbers, expected 8 or 16 bits')
    return np.asarray(image.convert('RGB'))
