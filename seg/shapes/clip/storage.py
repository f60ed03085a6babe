"""Weights of a trained CLIP and the manifest beside them, written whole or not at all."""

import hashlib
import json
import math
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from open_clip import CLIP
from safetensors.torch import save

from seg.models.embedded.clip import MANIFEST_FILE, WEIGHTS_FILE
from seg.runtime.whole_files import write_whole, write_whole_pair

_LIBRARIES = ('torch', 'open_clip_torch', 'timm', 'numpy')


def write_weights(model: CLIP, folder: Path, manifest: dict[str, Any]) -> Path:
    """Write ``open_clip_model.safetensors`` in half precision, and ``manifest.json``.

    Args:
        model: The CLIP.
        folder: Made if it is missing.
        manifest: How the weights were made; digest, size, logit scale and versions are added.

    Returns:
        The file of the weights.

    Raises:
        ValueError: If a weight is not finite in half precision.
    """
    halves = {key: value.half().contiguous() for key, value in model.state_dict().items()}
    broken = [key for key, value in halves.items() if not value.isfinite().all()]
    if broken:
        raise ValueError(f'weights are not finite in half precision: {", ".join(broken[:3])}')
    content = save(halves, metadata={'format': 'pt'})
    folder.mkdir(parents=True, exist_ok=True)
    whole = {
        **manifest,
        'parameters': sum(value.numel() for value in halves.values()),
        'logit_scale': round(math.exp(model.logit_scale.item()), 3),
        'sha256': hashlib.sha256(content).hexdigest(),
        'versions': {'python': platform.python_version(), **{n: version(n) for n in _LIBRARIES}},
    }
    write_whole_pair(folder / WEIGHTS_FILE, content, folder / MANIFEST_FILE, _to_json(whole))
    return folder / WEIGHTS_FILE


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in a folder."""
    return json.loads((folder / MANIFEST_FILE).read_text(encoding='utf-8'))


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest in a folder."""
    write_whole(folder / MANIFEST_FILE, _to_json(manifest).encode())


def _to_json(manifest: dict[str, Any]) -> str:
    return json.dumps(manifest, indent=2) + '\n'
