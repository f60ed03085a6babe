"""From a training checkpoint to weights that can be given away, and a record of how they were made."""

import hashlib
import io
import json
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seg.runtime.checkpoints.reading import read_checkpoint
from seg.runtime.whole_files import write_whole_pair

_LIBRARIES = ('torch', 'open_clip_torch', 'timm', 'numpy')


def publish_model(
    checkpoint: Path,
    out: Path,
    *,
    half: bool = True,
    record: dict[str, Any] | None = None,
    trust_checkpoint: bool = False,
) -> dict[str, Any]:
    """Write the weights of a checkpoint, without optimizer and history, and a manifest beside them.

    Every command takes the file in place of the checkpoint.

    Args:
        checkpoint: A checkpoint of training; of one with EMA the averaged weights.
        out: The file of the weights, ``NAME.pth``; the manifest is ``NAME.json``.
        half: Store floating point numbers in half precision; loading casts them back.
        record: What else the manifest says, e.g. command and results.
        trust_checkpoint: Run what the checkpoint asks to run; by default such a one is refused.

    Returns:
        The manifest: ``record``, date, number of parameters, bytes, precision, sha256, versions.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        ValueError: If it is none or a program, or a weight is not finite in half precision.
        OSError: If ``out`` cannot be written; an interruption leaves the old pair, no weights, or the
            new pair.
    """
    for file in (out, out.with_suffix('.json')):
        if file.exists() and checkpoint.exists() and file.samefile(checkpoint):
            raise ValueError(f'{file} is the checkpoint itself; give out another name')
    state = weights_to_publish(checkpoint, half=half, trust=trust_checkpoint)
    buffer = io.BytesIO()
    torch.save({'state_dict': state}, buffer)
    content = buffer.getvalue()
    manifest = {
        **(record or {}),
        'date': time.strftime('%Y-%m-%d'),
        'parameters': sum(v.numel() for v in state.values()),
        'bytes': len(content),
        'precision': precision_name(half),
        'sha256': hashlib.sha256(content).hexdigest(),
        'versions': versions(),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + '\n'
    write_whole_pair(out, content, out.with_suffix('.json'), text)
    return manifest


def weights_to_publish(
    checkpoint: Path, *, half: bool = True, trust: bool = False
) -> dict[str, Tensor]:
    """The weights of a checkpoint alone, each in memory of its own.

    Args:
        checkpoint: A checkpoint of training; of one with EMA the averaged weights.
        half: Floating point numbers in half precision.
        trust: Run what the checkpoint asks to run; by default such a one is refused.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        ValueError: If it is none or a program, or a weight is not finite in half precision.
    """
    state = read_checkpoint(checkpoint, trust=trust)['state_dict']
    if half:
        state = {key: v.half() if v.is_floating_point() else v for key, v in state.items()}
    broken = [key for key, v in state.items() if v.is_floating_point() and not v.isfinite().all()]
    if broken:
        raise ValueError(f'{checkpoint} has weights that are not finite: {", ".join(broken[:3])}')
    return {key: v.contiguous().clone() for key, v in state.items()}


def precision_name(half: bool) -> str:
    """What the manifest calls the precision."""
    return 'fp16' if half else 'fp32'


def versions() -> dict[str, str]:
    """Of Python and the libraries that weights depend on."""
    return {'python': platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
