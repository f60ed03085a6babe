"""A pickle of numbers and words, read without running what it asks for."""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np


def _bytes_of(text: str, encoding: str) -> bytes:
    """How Python 2's pickles write bytes; the codecs that do other things are left out."""
    if encoding != 'latin1':
        raise pickle.UnpicklingError(f'it asks for the codec {encoding}')
    return text.encode('latin1')


# numpy's modules have moved; where its functions are now, it says itself.
_ALLOWED: dict[tuple[str, str], Any] = {
    ('collections', 'OrderedDict'): OrderedDict,
    ('_codecs', 'encode'): _bytes_of,
    ('numpy', 'ndarray'): np.ndarray,
    ('numpy', 'dtype'): np.dtype,
    ('numpy.core.multiarray', '_reconstruct'): np.zeros(1).__reduce__()[0],
    ('numpy.core.multiarray', 'scalar'): np.float64(0).__reduce__()[0],
    ('numpy.core.numeric', '_frombuffer'): np.zeros(1).__reduce_ex__(5)[0],
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        place = module.replace('numpy._core', 'numpy.core'), name
        if place not in _ALLOWED:
            raise pickle.UnpicklingError(f'it asks for {module}.{name}')
        return _ALLOWED[place]


def read_plain_pickle(path: Path) -> Any:
    """What a pickle holds, if that is dicts, lists, words, numbers and numpy's arrays.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds other things, whose code is not run, or is damaged; names it.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist')
    try:
        with path.open('rb') as file:
            return _PlainUnpickler(file).load()
    except MemoryError:
        raise
    except Exception as error:  # a damaged pickle raises anything
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise ValueError(
            f'{path} cannot be read as a pickle of arrays and words alone: {reason}'
        ) from None
