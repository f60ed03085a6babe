"""Label images: a number a pixel, which a data set's label map turns into a class."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image

from seg.panoptic.png import decode
from seg.panoptic.void import VOID_LABEL

_KINDS = ('1', 'L', 'P', 'I', 'I;16', 'I;16B', 'F')


def read_labels(path: str | PathLike, label_map: Mapping[int, int]) -> np.ndarray:
    """The class of each pixel.

    Args:
        path: A grey image of 8, 16 or 32 bits, a palette image, whose index counts and not its
            colour, or MATLAB's ``.mat`` with one two-dimensional array.
        label_map: Number in the file to class; other numbers are void.

    Returns:
        int32 [H, W], ``VOID_LABEL`` for void.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is none of these, or damaged; names the file.
    """
    numbers = read_numbers(path)
    found, which = np.unique(numbers, return_inverse=True)
    labels = [label_map.get(number, VOID_LABEL) for number in found.tolist()]
    return np.array(labels, np.int32)[which].reshape(numbers.shape)


def read_numbers(path: str | PathLike, variable: str | None = None) -> np.ndarray:
    """The numbers of a label image as they are in the file, integers [H, W]; see :func:`read_labels`.

    Args:
        path: The file.
        variable: Name of the array in a ``.mat``. Defaults to None: the only one.
    """
    path = Path(path)
    if path.suffix == '.mat':
        return _read_mat(path, variable)
    try:
        with Image.open(path) as image:
            if image.mode not in _KINDS:
                raise ValueError(
                    f'{path} has the colours {image.mode}; a label image is grey or has a palette'
                )
            return np.asarray(image).astype(np.int64)
    except FileNotFoundError:
        raise FileNotFoundError(f'label image {path} does not exist') from None
    except (OSError, SyntaxError, EOFError) as error:  # whatever PIL says of a damaged file
        raise ValueError(f'label image {path} cannot be read: {error}') from None


def read_colors(path: str | PathLike) -> np.ndarray:
    """The colours of a label image as numbers, ``R + 256 G + 256^2 B``, int32 [H, W].

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no picture, or damaged; names the file.
    """
    try:
        with Image.open(path) as image:
            return decode(np.asarray(image.convert('RGB')))
    except FileNotFoundError:
        raise FileNotFoundError(f'label image {path} does not exist') from None
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f'label image {path} cannot be read: {error}') from None


def rgb(number: int) -> tuple[int, int, int]:
    """The colour of a number that :func:`read_colors` gives."""
    return number & 255, number >> 8 & 255, number >> 16


def hexadecimal(number: int) -> str:
    """The same as it is written on pages, ``#808080``."""
    return '#{:02x}{:02x}{:02x}'.format(*rgb(number))


def _read_mat(path: Path, variable: str | None) -> np.ndarray:
    from scipy.io import loadmat

    if not path.exists():
        raise FileNotFoundError(f'label map {path} does not exist')
    try:
        content = loadmat(path, variable_names=None if variable is None else [variable])
    except Exception as error:  # scipy's kinds are many
        raise ValueError(f'label map {path} cannot be read: {error}') from None
    maps = [own for key, own in content.items() if not key.startswith('__') and np.ndim(own) == 2]
    maps = [own for own in maps if np.issubdtype(own.dtype, np.integer) and own.size > 1]
    if len(maps) != 1 and variable is not None:
        raise ValueError(f'label map {path} has no two-dimensional array {variable} of integers')
    if len(maps) != 1:
        raise ValueError(f'label map {path} has {len(maps)} two-dimensional arrays, expected one')
    return maps[0].astype(np.int64)
