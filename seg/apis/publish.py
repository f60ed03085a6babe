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
    state = read_checkpoint(checkpoint, trust=trust_checkpoint)['state_dict']
    if half:
        state = {key: v.half() if v.is_floating_point() else v for key, v in state.items()}
    broken = [key for key, v in state.items() if v.is_floating_point() and not v.isfinite().all()]
    if broken:
        raise ValueError(f'{checkpoint} has weights that are not finite: {", ".join(broken[:3])}')
    buffer = io.BytesIO()
    torch.save({'state_dict': {key: v.contiguous().clone() for key, v in state.items()}}, buffer)
    content = buffer.getvalue()
    manifest = {
        **(record or {}),
        'date': time.strftime('%Y-%m-%d'),
        'parameters': sum(v.numel() for v in state.values()),
        'bytes': len(content),
        'precision': 'fp16' if half else 'fp32',
        'sha256': hashlib.sha256(content).hexdigest(),
        'versions': {'python': platform.python_version(), **{n: version(n) for n in _LIBRARIES}},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + '\n'
    write_whole_pair(out, content, out.with_suffix('.json'), text)
    return manifest
