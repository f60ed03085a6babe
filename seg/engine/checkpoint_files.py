"""Checkpoints on disk: whether they are complete, the latest of a folder, and whose they are."""

import pickle
import re
import warnings
import zipfile
from pathlib import Path

import torch
from torch import nn


def is_whole(path: Path) -> bool:
    """Whether a file is a complete checkpoint, as far as its beginning and end tell."""
    if zipfile.is_zipfile(path):  # the directory of a zip file is at its end
        return True
    with path.open('rb') as file:
        return file.read(2) == b'\x80\x02'  # PyTorch's format before 1.6, a plain pickle


def latest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to resume a training from.

    The one that mmengine's file ``last_checkpoint`` names, else that of the highest epoch, else that of
    the highest iteration; each only if it is complete. ``best_*.pth`` do not count: they hold no
    optimizer.

    Args:
        folder: A work folder.

    Returns:
        Its path; None where there is none.
    """
    last = folder / 'last_checkpoint'
    named = Path(last.read_text().strip() if last.is_file() else '')
    candidates = [folder / named.name]  # the folder may be a copy
    for kind in ('epoch', 'iter'):
        numbers = {path: re.fullmatch(rf'{kind}_(\d+)', path.stem) for path in folder.glob('*.pth')}
        numbered = [path for path, match in numbers.items() if match]
        candidates += sorted(numbered, key=lambda path: -int(path.stem.rpartition('_')[2]))
    candidates.append(named)  # saved elsewhere, by CheckpointHook(out_dir=...)
    for path in filter(Path.is_file, dict.fromkeys(candidates)):
        if is_whole(path):
            return path
        warnings.warn(f'{path} is cut short and passed over', stacklevel=2)
    return None


def require_weights_of(model: nn.Module, path: Path) -> None:
    """See that a checkpoint holds the weights of this model, all of them, and of no other.

    mmengine's loading goes on with whatever fits, and with random weights where nothing does.

    Raises:
        ValueError: If not; names what differs.
    """
    saved = _read_shapes(path)
    own = model.state_dict()
    missing, surplus = own.keys() - saved.keys(), saved.keys() - own.keys()
    other = [key for key in own.keys() & saved.keys() if own[key].shape != saved[key].shape]
    for what, keys in (('is missing', missing), ('is of no use', surplus), ('differs', other)):
        if keys:
            raise ValueError(
                f'checkpoint {path} was not made by this config: of {len(own)} weights '
                f'{len(missing)} are missing, {len(other)} have another shape, and {len(surplus)} '
                f'are in the checkpoint alone; {sorted(keys)[0]} {what}'
            )


def _read_shapes(path: Path) -> dict[str, torch.Tensor]:
    """The weights of a checkpoint, on the meta device: names and shapes alone are read."""
    try:
        content = torch.load(path, map_location='meta', weights_only=False)
    except (RuntimeError, pickle.UnpicklingError, AttributeError, EOFError) as error:
        raise ValueError(f'{path} is no checkpoint: {error}') from None
    if not isinstance(content, dict):
        raise ValueError(f'{path} is no checkpoint: it holds a {type(content).__name__}')
    return content.get('state_dict', content)
