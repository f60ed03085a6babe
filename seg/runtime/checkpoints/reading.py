"""Reading checkpoints without running them, in one form, whatever mmengine's version does."""

import re
import tarfile
import warnings
from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from seg.runtime.checkpoints.allowed_globals import allowed_globals, restore

SAFETENSORS = '.safetensors'  # weights alone, in a format that cannot hold a program
# Where the weights are, in mmengine's checkpoints, in timm's and YOLO's, and in many a script's.
_WEIGHTS_KEYS = ('state_dict', 'model', 'model_state_dict')


def read_checkpoint(
    path: Path, *, map_location: Any = 'cpu', trust: bool = False
) -> dict[str, Any]:
    """The content of a checkpoint, its weights under ``state_dict`` with the model's own names.

    The file is PyTorch's, or of safetensors. Weights are found at the root, or under ``state_dict``,
    ``model`` or ``model_state_dict``; ``module.`` and ``_orig_mod.``, which parallel and compiled models put into names, are removed.

    Args:
        path: The file.
        map_location: As of ``torch.load``.
        trust: Run what the file asks to run. By default nothing but tensors, numbers, strings,
            their containers and mmengine's histories is read.

    Raises:
        FileNotFoundError: If there is no file.
        ValueError: If it is no checkpoint, or holds what could run; names the function or class.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'checkpoint {path} does not exist')
    content = _load(path, map_location, trust)
    if not isinstance(content, dict):
        raise ValueError(f'{path} is no checkpoint: it holds a {type(content).__name__}')
    weights = named_weights(content)
    for key, value in weights.items():
        problem = tensor_problem(value, on_meta=map_location == 'meta')
        if problem:
            raise ValueError(f'{path} is no checkpoint: {key} is {problem}')
    if content.keys().isdisjoint(_WEIGHTS_KEYS):
        return {'state_dict': weights}
    content = {key: value for key, value in content.items() if key not in _WEIGHTS_KEYS}
    content['state_dict'] = weights
    if not trust and isinstance(content.get('meta'), dict):
        content['meta'].pop('config', None)  # a program, which mmengine's resuming would run
    return content


def named_weights(content: dict[str, Any]) -> dict[str, Tensor]:
    """The weights of a checkpoint's content, by the names they have in the model."""
    for key in _WEIGHTS_KEYS:
        if isinstance(content.get(key), dict):
            content = content[key]
            break
    weights = OrderedDict((plain_name(key), value) for key, value in content.items())
    if weights.keys() == content.keys() and hasattr(content, '_metadata'):
        # The versions of the modules, where PyTorch has them.
        weights._metadata = content._metadata  # type: ignore[attr-defined]
    return weights


def plain_name(key: str) -> str:
    """A weight's name without what DistributedDataParallel and ``torch.compile`` add to it."""
    key = str(key).replace('_orig_mod.', '')
    while key.startswith('module.'):
        key = key.removeprefix('module.')
    return key


def is_torchscript(file: Path | BytesIO) -> bool:
    """Whether ``torch.load`` would take a file for a TorchScript archive, and run it."""
    try:
        # PyTorch's own reader: others may see another directory in the same file.
        reader = torch._C.PyTorchFileReader(str(file) if isinstance(file, Path) else file)
    except RuntimeError:
        return False  # no zip file
    return 'constants.pkl' in reader.get_all_records()


def load_plain(file: Path | BytesIO, *, map_location: Any = 'cpu', mmap: bool | None = None) -> Any:
    """What ``torch.load`` gives of tensors and plain data; nothing of the file is run.

    Args:
        file: Its path, or its content.
        map_location: As of ``torch.load``.
        mmap: As of ``torch.load``.

    Raises:
        Exception: Whatever a damaged or a refused file makes PyTorch stumble over.
    """
    if is_torchscript(file):  # PyTorch before 2.6 runs it all the same
        raise ValueError('it is a TorchScript archive, a program')
    if _is_tar(file):  # the same versions unpack it unsafely
        raise ValueError('it is a tar file')
    with allowed_globals(), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # of what is refused or checked by the caller
        loaded = torch.load(file, map_location=map_location, mmap=mmap, weights_only=True)
    return restore(loaded)


def _is_tar(file: Path | BytesIO) -> bool:
    if isinstance(file, BytesIO):
        file.seek(0)
    found = tarfile.is_tarfile(file)
    if isinstance(file, BytesIO):
        file.seek(0)
    return found


def refused_global(error: Exception) -> str | None:
    """The function or class that a file asked for, where reading it failed by that."""
    named = re.search(r'GLOBAL (\S+)', str(error))
    return named and named[1]


def _load(path: Path, map_location: Any, trust: bool) -> Any:
    try:
        if path.suffix == SAFETENSORS:
            weights = safetensors.torch.load_file(path)
            return {key: value.to(map_location) for key, value in weights.items()}
        if trust:
            return torch.load(path, map_location=map_location, weights_only=False)
        return load_plain(path, map_location=map_location)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a damaged file: whatever the parser stumbles over
        raise ValueError(_explain(path, error)) from None


def _explain(path: Path, error: Exception) -> str:
    # What follows is PyTorch's advice to load the file all the same.
    message = ' '.join(str(error).split()).partition(' Check the documentation')[0]
    message = message.rpartition('WeightsUnpickler error: ')[2] or type(error).__name__
    if refused_global(error):
        return (
            f'checkpoint {path} asks for {refused_global(error)}, which is a program and no weight; it was not '
            'read: if you trust who made it, add --trust-checkpoint'
        )
    return f'{path} is no checkpoint: {message[:200]}'


def tensor_problem(value: Any, *, on_meta: bool = False) -> str | None:
    """Why a value is no tensor of plain numbers, in words; None if it is one."""
    if not isinstance(value, Tensor):
        return f'a {type(value).__name__} and no tensor'
    if value.is_nested or value.layout != torch.strided or value.is_quantized:
        return 'a sparse, nested or quantised tensor'
    return 'without content' if value.is_meta and not on_meta else None
