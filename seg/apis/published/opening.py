"""What a person names a model by: a config and a checkpoint, a published folder, a name on the hub."""

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TypeAlias

from mmengine.config import Config

from seg.apis.config.read import read_config, require_panoptic_model
from seg.apis.model_source import ModelSource, model_source, refuse_runtime
from seg.apis.published.hub import download, is_on_hub
from seg.apis.published.layout import WEIGHTS, read_file, read_manifest
from seg.apis.published.model import PublishedModel
from seg.apis.random_classifier import random_rows
from seg.models.embedded.segmenter import checkpoint_file

#: What a person may give for a model.
Named: TypeAlias = Config | PublishedModel | str | PathLike


def names_published(name: str) -> bool:
    """Whether a name is that of a published model: a folder, or ``hf-hub:org/name``."""
    return is_on_hub(name) or Path(name).expanduser().is_dir()


def read_model(name: str, options: Sequence[str] | None = None) -> Config | PublishedModel:
    """Read a config file, or a published model.

    Args:
        name: A config, a folder, or ``hf-hub:org/name[@revision]``.
        options: ``KEY=VALUE`` strings that change the config.

    Raises:
        FileNotFoundError: If it is not there.
        ValueError: If it cannot be read.
        OSError: If it cannot be downloaded.
    """
    if not names_published(name):
        return read_config(name, list(options or ()))
    return PublishedModel(_folder(name), options)


def open_model(
    model: Named, checkpoint: str | PathLike | None, runtime: str | None, *, trust: bool
) -> tuple[Config, ModelSource]:
    """A config, and where its weights come from.

    Args:
        model: A config or a published model, or the name of one, see :func:`read_model`.
        checkpoint: A checkpoint of the config, 'embedded' for the one that ships, or an export; None for a
            published model.
        runtime: What runs an export.
        trust: Run what a checkpoint asks to run.

    Raises:
        FileNotFoundError: If one is not there.
        ValueError: If one cannot be read or is none of a panoptic model, or there is a checkpoint too few
            or too many.
        OSError: If a model cannot be downloaded.
    """
    if not isinstance(model, Config | PublishedModel):
        name = fspath(model)
        if checkpoint is None and not names_published(name):
            if not Path(name).expanduser().exists():
                raise FileNotFoundError(
                    f'{name} does not exist; give a config and its checkpoint, a folder of '
                    'tools/publish_model.py, or hf-hub:org/name'
                )
            raise ValueError(
                f'{name} needs a checkpoint; a folder of tools/publish_model.py and hf-hub:org/name '
                'need none'
            )
        model = read_model(name)
    if isinstance(model, Config):
        if checkpoint is None:
            raise ValueError('a config needs a checkpoint')
        require_panoptic_model(model)
        path = Path(checkpoint_file(fspath(checkpoint))).expanduser()
        source = model_source(path, runtime, trust=trust)
        rows = random_rows(model)
        if rows is not None:
            source.has_text_model, source.known = False, rows
        return model, source
    if checkpoint is not None:
        raise ValueError(
            f'{model.folder} is a published model, which has weights of its own; leave {checkpoint} out'
        )
    refuse_runtime(model.folder / WEIGHTS, runtime)
    return model.cfg, model


def weights_file(name: str) -> str:
    """The file of weights that a training starts from.

    Args:
        name: A checkpoint or its URL, a published model, or 'embedded', the model that ships.

    Raises:
        FileNotFoundError: If the model is not there.
        ValueError: If a published model is damaged.
        OSError: If it cannot be downloaded.
    """
    if not names_published(name):
        return checkpoint_file(name)
    folder = _folder(name)
    read_file(folder, WEIGHTS, read_manifest(folder))
    return str(folder / WEIGHTS)


def _folder(name: str) -> Path:
    return download(name) if is_on_hub(name) else Path(name).expanduser()
