"""Checkpoints on disk: whether they are complete, and the latest of a folder."""

import re
import warnings
import zipfile
from pathlib import Path

from seg.runtime.checkpoints.reading import SAFETENSORS


def is_whole(path: Path) -> bool:
    """Whether a file is a complete checkpoint, as far as its beginning and end tell."""
    if zipfile.is_zipfile(path):  # the directory of a zip file is at its end
        return True
    with path.open('rb') as file:
        if path.suffix == SAFETENSORS:
            return 8 + int.from_bytes(file.read(8), 'little') < path.stat().st_size
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
