"""Reading checkpoints: only the keys that are asked for, mapped from disk where the format allows."""

import hashlib
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

from safetensors import safe_open
from torch import Tensor, nn

from seg.models.openclip.torchscript import torchscript_tensors
from seg.runtime.checkpoints.reading import (
    is_torchscript,
    load_plain,
    named_weights,
    plain_name,
    refused_global,
)
from seg.runtime.pages import page_out

_LARGE = 1 << 20  # bytes of a tensor whose pages are worth giving back


def read_weights(path: Path, select: Callable[[str], str | None]) -> dict[str, Tensor]:
    """Read part of a checkpoint.

    Reads safetensors, PyTorch files (whatever training wraps around the weights, see
    :func:`~seg.runtime.checkpoints.reading.read_checkpoint`) and OpenAI's TorchScript archives.
    Nothing of a file is run; those with pickled objects other than tensors are refused.

    Args:
        path: The checkpoint.
        select: Maps a key of the file to its new name, or to None to leave it unread.

    Returns:
        The selected tensors on the CPU, in the file's dtype.

    Raises:
        ValueError: If the file is truncated, of no known format, or holds pickled objects.
    """

    def renamed(key: str) -> str | None:
        return select(plain_name(key))

    try:
        if path.suffix == '.safetensors':
            with safe_open(path, framework='pt') as file:
                names = {key: renamed(key) for key in file.keys()}  # noqa: SIM118
                return {name: file.get_tensor(key) for key, name in names.items() if name}
        tensors = torchscript_tensors(path) if is_torchscript(path) else _load_pytorch(path)
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a damaged file: whatever the parser stumbles over
        message = ' '.join(str(error).split())
        asked = refused_global(error)
        if asked:
            reason = f'holds pickled objects other than tensors, which are not loaded: {asked}'
        elif isinstance(error, pickle.UnpicklingError):  # its advice is to load it all the same
            reason = 'is truncated or not a checkpoint'
        else:
            reason = f'is truncated or not a checkpoint: {message[:200]}'
        raise ValueError(f'checkpoint {path} {reason}') from None
    named = ((renamed(key), value) for key, value in tensors.items())
    return {name: value for name, value in named if name and isinstance(value, Tensor)}


def load_exactly(module: nn.Module, state: dict[str, Tensor], *, what: str, source: str) -> None:
    """Give a module, which may be on the meta device, the tensors of ``state``.

    Args:
        module: Takes the tensors themselves, cast to its own dtypes.
        state: Must match the module's ``state_dict()`` key by key and shape by shape.
        what: What the module is, for the message.
        source: Where ``state`` comes from, for the message.

    Raises:
        ValueError: If keys or shapes disagree; names the first few of each kind.
    """
    own = module.state_dict()
    # transformers dropped this buffer in 4.31; older checkpoints still hold it.
    state = {
        k: v for k, v in state.items() if k in own or not k.endswith('embeddings.position_ids')
    }
    complaints = []
    for label, keys in (
        ('missing', sorted(own.keys() - state.keys())),
        ('not expected', sorted(state.keys() - own.keys())),
    ):
        if keys:
            complaints.append(f'{len(keys)} keys {label} ({_first(keys)})')
    shapes = [
        f'{key} {list(state[key].shape)} instead of {list(value.shape)}'
        for key, value in own.items()
        if key in state and state[key].shape != value.shape
    ]
    if shapes:
        complaints.append(f'{len(shapes)} of another shape ({_first(shapes)})')
    if complaints:
        raise ValueError(f'{source} does not hold the {what}: {"; ".join(complaints)}')
    cast = {key: state[key].to(value.dtype) for key, value in own.items()}
    module.load_state_dict(cast, assign=True)


def digest_of(tower: nn.Module, activation: str) -> str:
    """sha256 over names, shapes and values in float32, so that the file format plays no part.

    The system may take back the pages of what was read: encoding needs one layer at a time, and few rows
    of the embedding.

    Args:
        tower: On the CPU.
        activation: Goes into the digest, for what the weights do not say.
    """
    digest = hashlib.sha256(activation.encode())
    for name, value in sorted(tower.state_dict().items()):
        digest.update(f'{name}{list(value.shape)}'.encode())
        digest.update(value.detach().float().contiguous().numpy().data)
        if value.nbytes >= _LARGE:
            page_out(value)
    return digest.hexdigest()


def _first(items: list[str], count: int = 3) -> str:
    return ', '.join(items[:count]) + (', ...' if len(items) > count else '')


def _load_pytorch(path: Path) -> dict[str, Tensor]:
    loaded = load_plain(path, mmap=zipfile.is_zipfile(path) or None)
    if not isinstance(loaded, dict) or not loaded:
        raise RuntimeError('it holds no dict of tensors')
    return named_weights(loaded)
