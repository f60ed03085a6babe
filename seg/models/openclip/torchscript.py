"""TorchScript archives, in which OpenAI released CLIP, read as data: their code is never run."""

import io
import pickle
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

# A module's state names no parameter this way; they are plain numbers of OpenAI's archives.
_SETTINGS = ('input_resolution', 'context_length', 'vocab_size')
_STORAGES = {
    'DoubleStorage': torch.float64,
    'FloatStorage': torch.float32,
    'HalfStorage': torch.float16,
    'BFloat16Storage': torch.bfloat16,
    'LongStorage': torch.int64,
    'IntStorage': torch.int32,
    'ShortStorage': torch.int16,
    'CharStorage': torch.int8,
    'ByteStorage': torch.uint8,
    'BoolStorage': torch.bool,
}
_QUICK_GELU = 1.702  # x * sigmoid(1.702 x)


def torchscript_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of an archive by the names that they have in its ``state_dict``.

    Args:
        path: The archive.

    Raises:
        ValueError: If a module has its own way of loading, which only its code could tell.
        Exception: Whatever a damaged archive makes the parser stumble over.
    """
    root = _unpickle(torch._C.PyTorchFileReader(str(path)), 'data')
    return {k: v for k, v in _named_tensors(root) if k not in _SETTINGS}


def torchscript_quick_gelu(path: Path) -> bool | None:
    """Which activation an archive's code computes: True for QuickGELU, None where neither is seen."""
    try:
        reader = torch._C.PyTorchFileReader(str(path))
        code = b''.join(
            reader.get_record(name)
            for name in reader.get_all_records()
            if name.startswith('code/') and name.endswith('.py')
        ).decode()
        constants = _unpickle(reader, 'constants')
    except Exception as error:  # a damaged archive: whatever the parser stumbles over
        raise ValueError(f'checkpoint {path} is damaged: {error}') from None
    numbers = (c.item() for c in constants if isinstance(c, Tensor) and c.numel() == 1)
    if str(_QUICK_GELU) in code or any(abs(n - _QUICK_GELU) < 1e-3 for n in numbers):
        return True
    return False if 'gelu(' in code else None


class _Module:
    """Stands for a class of the archive's code."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    """Builds tensors, containers and :class:`_Module`, and calls nothing else.

    Args:
        reader: Of the archive.
        folder: Where the storages are.
    """

    def __init__(self, reader: torch._C.PyTorchFileReader, folder: str) -> None:
        super().__init__(io.BytesIO(reader.get_record(f'{folder}.pkl')))
        self._reader = reader
        self._folder = folder

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in of a class or function.

        Raises:
            UnpicklingError: If it has none.
        """
        if module.startswith('__torch__'):
            return type(name, (_Module,), {})
        if module == 'torch' and name in _STORAGES:
            return _STORAGES[name]
        if (module, name) == ('torch._utils', '_rebuild_tensor_v2'):
            return _rebuild_tensor
        if (module, name) == ('collections', 'OrderedDict'):
            return OrderedDict
        if module == 'torch.jit._pickle':  # lists that know their type: build_intlist, ...
            return lambda content, *_: content
        raise pickle.UnpicklingError(f'GLOBAL {module}.{name}')

    def persistent_load(self, pid: tuple) -> Tensor:
        """The numbers of a storage, 1-D."""
        _, dtype, key, _, _ = pid
        content = bytearray(self._reader.get_record(f'{self._folder}/{key}'))
        return torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)


def _unpickle(reader: torch._C.PyTorchFileReader, folder: str) -> Any:
    return _Unpickler(reader, folder).load()


def _rebuild_tensor(storage: Tensor, offset: int, size: tuple, stride: tuple, *_: Any) -> Tensor:
    return storage.as_strided(size, stride, offset)


def _named_tensors(value: Any, name: str = '') -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, _Module):
        if not isinstance(value.state, dict):
            kind = type(value).__name__
            raise ValueError(f'its module {name or "at the root"} ({kind}) loads itself by code')
        for key, part in value.state.items():
            yield from _named_tensors(part, f'{name}.{key}' if name else key)
