"""Where the weights are: open_clip's tag, a file or directory, ``hf-hub:org/name``, ``embedded``."""

import difflib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mmengine import dist
from open_clip.pretrained import (
    _clean_tag,
    download_pretrained,
    download_pretrained_from_hf,
    get_pretrained_cfg,
    list_pretrained_tags_by_model,
)

from seg.models.embedded.clip import EMBEDDED, WEIGHTS_FILE, embedded_folder
from seg.models.openclip.torchscript import torchscript_quick_gelu
from seg.runtime.checkpoints.reading import is_torchscript

HUB_PREFIX = 'hf-hub:'
WEIGHT_SUFFIXES = ('.safetensors', '.bin', '.pt', '.pth')
# What open_clip and the hub call the file that holds the whole model, the better first.
WEIGHT_NAMES = tuple(
    stem + suffix
    for stem in ('open_clip_model', 'open_clip_pytorch_model', 'model', 'pytorch_model')
    for suffix in WEIGHT_SUFFIXES
)
#: The model's definition, which the hub keeps beside its weights.
CONFIG_FILE = 'open_clip_config.json'


class Checkpoint(NamedTuple):
    """Weights found on disk.

    Attributes:
        path: The file.
        name: What identifies the weights without reading them, a tag or ``hf-hub:...``; None for a
            local file, which only its content identifies.
        quick_gelu: The activation that the weights were trained with, None where it is not known.
    """

    path: Path
    name: str | None
    quick_gelu: bool | None


def checkpoint_name(architecture: str, checkpoint: str) -> str | None:
    """The lasting name of a checkpoint, ``architecture:tag`` or ``hf-hub:...``.

    None for a local path and for embedded weights: only their content identifies them, as a newer
    package may come with others.
    """
    if checkpoint.startswith(HUB_PREFIX):
        return checkpoint
    if Path(checkpoint).expanduser().exists() or not get_pretrained_cfg(architecture, checkpoint):
        return None
    return f'{architecture}:{_clean_tag(checkpoint)}'  # open_clip takes other spellings


def resolve_checkpoint(architecture: str, checkpoint: str) -> Checkpoint:
    """Find the weights, downloading them if need be; under several processes rank 0 goes first.

    Downloads go through the Hugging Face hub, so ``HF_ENDPOINT``, ``HF_HOME`` and
    ``HF_HUB_OFFLINE`` have their usual meaning.

    Args:
        architecture: The registry's name of the model.
        checkpoint: A tag of open_clip's, a local file, a local directory as the hub lays it out,
            ``hf-hub:org/name``, or ``embedded`` for weights that come with the package.

    Raises:
        FileNotFoundError: If a local path does not exist or holds no weights.
        ValueError: If the tag is unknown, lists the tags of the model; if it is ``embedded`` and
            the model's weights do not come with the package; or if the ``open_clip_config.json``
            beside the weights is damaged.
        OSError: If the download fails.
    """
    return _rank_zero_first(lambda: _resolve(architecture, str(checkpoint)))


def _resolve(architecture: str, checkpoint: str) -> Checkpoint:
    local = Path(checkpoint).expanduser()
    if local.is_dir():
        local = _find_in_directory(local)
    if local.is_file():
        return Checkpoint(local, None, _quick_gelu_of(local))
    if checkpoint == EMBEDDED:
        return Checkpoint(embedded_folder(architecture) / WEIGHTS_FILE, None, None)
    name = checkpoint_name(architecture, checkpoint)
    if checkpoint.startswith(HUB_PREFIX):
        repository = checkpoint.removeprefix(HUB_PREFIX)
        path = _download(checkpoint, lambda: download_pretrained_from_hf(repository))
        return Checkpoint(path, name, _declared_quick_gelu(path))
    tag = get_pretrained_cfg(architecture, checkpoint)
    if tag:
        path = _download(name or checkpoint, lambda: download_pretrained(tag))
        return Checkpoint(path, name, bool(tag.get('quick_gelu', False)))
    if os.sep in checkpoint or local.suffix in WEIGHT_SUFFIXES:
        raise FileNotFoundError(f'checkpoint {local} does not exist')
    tags = list_pretrained_tags_by_model(architecture)
    near = difflib.get_close_matches(checkpoint, tags, n=1, cutoff=0.5)
    raise ValueError(
        f'unknown checkpoint {checkpoint!r} for {architecture}; '
        + (f'did you mean {near[0]!r}? ' if near else '')
        + checkpoint_choices(architecture)
    )


def checkpoint_choices(architecture: str) -> str:
    """What may be given as the checkpoint of a model, in words."""
    tags = list_pretrained_tags_by_model(architecture)
    return f'its tags: {", ".join(tags) or "none"}; or give a file, a directory or hf-hub:org/name'


def _find_in_directory(directory: Path) -> Path:
    snapshots = directory / 'snapshots'
    if snapshots.is_dir():  # the hub's own cache: models--org--name/{refs,snapshots/COMMIT}
        reference = directory / 'refs' / 'main'
        commits = sorted(snapshots.iterdir())
        if reference.is_file():
            directory = snapshots / reference.read_text().strip()
        elif len(commits) == 1:
            directory = commits[0]
    for name in WEIGHT_NAMES:
        if (directory / name).is_file():
            return directory / name
    files = [f for f in directory.glob('*') if f.suffix in WEIGHT_SUFFIXES]
    if len(files) == 1:
        return files[0]
    found = ', '.join(sorted(f.name for f in files)) or 'none'
    raise FileNotFoundError(
        f'{directory} holds no open_clip_model.safetensors or open_clip_pytorch_model.bin '
        f'(weight files there: {found})'
    )


def _quick_gelu_of(weights: Path) -> bool | None:
    """What the file itself, or the definition beside it, tells of its activation."""
    if is_torchscript(weights):
        return torchscript_quick_gelu(weights)
    return _declared_quick_gelu(weights)


def _declared_quick_gelu(weights: Path) -> bool | None:
    """What ``open_clip_config.json`` says of weights that are named as the hub names them."""
    config = weights.with_name(CONFIG_FILE)
    if weights.name not in WEIGHT_NAMES or not config.is_file():
        return None
    try:
        declared = json.loads(config.read_text(encoding='utf-8'))['model_cfg'].get('quick_gelu')
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f'{config} is not the definition of a model of open_clip') from None
    if not isinstance(declared, bool | None):
        raise ValueError(f'{config}: quick_gelu is {declared!r}, expected true or false')
    return bool(declared)


def _download(name: str, download: Callable[[], str]) -> Path:
    try:
        return Path(download())
    except Exception as error:  # the hub, requests and urllib each raise their own
        reason = ' '.join(str(error).split()).partition('. ')[0][:200]
        endpoint = os.environ.get('HF_ENDPOINT', 'https://huggingface.co')
        online = 'unset HF_HUB_OFFLINE, ' if os.environ.get('HF_HUB_OFFLINE') else ''
        raise OSError(
            f'cannot download {name} from {endpoint}: {reason} -- {online}set HF_ENDPOINT to a '
            'mirror, or give a local file with --checkpoint'
        ) from None


def _rank_zero_first(resolve: Callable[[], Checkpoint]) -> Checkpoint:
    """Rank 0 resolves, and so downloads, before the others find the files in the cache."""
    if dist.get_world_size() == 1:
        return resolve()
    failure: list[Exception | None] = [None]
    found = None
    if dist.get_rank() == 0:
        try:
            found = resolve()
        except (OSError, ValueError) as error:
            failure = [error]
    dist.broadcast_object_list(failure)
    if failure[0] is not None:
        raise failure[0]
    return found or resolve()
