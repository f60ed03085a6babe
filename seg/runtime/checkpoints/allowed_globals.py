"""What a training checkpoint may hold besides tensors: the allow-list of its safe reading.

A pickle names functions and classes and calls them. Those that mmengine's training state needs are
replaced by stand-ins, which take plain data and build nothing but numbers, arrays and histories.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

_KINDS = 'biufcSU'  # numbers, truth values and strings: nothing that is a reference


class _DType:
    """Stands for ``numpy.dtype``, whose own state could describe memory that is not there."""

    def __init__(self, name: str, align: bool = False, copy: bool = False) -> None:
        self.value = np.dtype(name)
        if self.value.kind not in _KINDS:
            raise ValueError(f'an array of {name!r} is not plain data')

    def __setstate__(self, state: tuple) -> None:
        self.value = self.value.newbyteorder(state[1])


class _Array:
    """Stands for ``numpy.ndarray`` until :func:`restore` makes it one."""

    value = np.empty(0)

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, is_fortran, content = state
        flat = np.frombuffer(content, dtype.value)
        self.value = flat.reshape(shape, order='F' if is_fortran else 'C').copy()


class _History:
    """Stands for mmengine's ``HistoryBuffer``, whose own loading registers methods for all of them."""

    def __setstate__(self, state: dict) -> None:
        self.state = state


def _reconstruct(_subtype: type, _shape: tuple, _code: bytes) -> _Array:
    return _Array()


def _scalar(dtype: _DType, content: bytes) -> np.generic:
    return np.frombuffer(content, dtype.value, count=1)[0]


def _encode(text: str, encoding: str) -> bytes:  # how pickle writes bytes
    if encoding != 'latin1':
        raise ValueError(f'bytes in the encoding {encoding!r}')
    return text.encode('latin1')


def _method_name(_owner: type, name: str) -> str:  # histories name their statistics
    return name


def _no_bytes() -> bytes:
    return b''


def _named(full_name: str, stand_in: Callable) -> Callable:
    """A copy of a stand-in under another's name, by which every version of PyTorch finds it."""
    if isinstance(stand_in, type):
        named = stand_in
    else:

        def named(*args):
            return stand_in(*args)

    named.__module__, _, name = full_name.rpartition('.')
    named.__name__ = named.__qualname__ = name
    return named


_ALLOWED = [
    _named(name, stand_in)
    for name, stand_in in {
        'mmengine.logging.history_buffer.HistoryBuffer': _History,
        'numpy.dtype': _DType,
        'numpy.ndarray': _Array,
        'numpy.core.multiarray._reconstruct': _reconstruct,  # NumPy 1
        'numpy.core.multiarray.scalar': _scalar,
        'numpy._core.multiarray._reconstruct': _reconstruct,  # NumPy 2
        'numpy._core.multiarray.scalar': _scalar,
        'builtins.getattr': _method_name,
        'builtins.bytes': _no_bytes,
        '_codecs.encode': _encode,
    }.items()
]
_ALLOWED += [set, frozenset, complex]


@contextmanager
def allowed_globals() -> Iterator[None]:
    """Within it, ``torch.load(weights_only=True)`` reads what mmengine's training saves.

    What it gives must go through :func:`restore`. What others have allowed, it does not allow.
    """
    before = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(_ALLOWED)
    try:
        yield
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)


def restore(value: Any) -> Any:
    """Put arrays and histories in the place of their stand-ins, in dicts and lists in place."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, _History):
        from mmengine.logging import HistoryBuffer  # not where classifiers alone are read

        state = restore(value.state)
        return HistoryBuffer(state['_log_history'], state['_count_history'], state['max_length'])
    if isinstance(value, dict):
        for key in value:
            value[key] = restore(value[key])
    elif isinstance(value, list):
        value[:] = map(restore, value)
    elif type(value) is tuple:
        return tuple(map(restore, value))
    return value
