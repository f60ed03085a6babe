"""Write a published model: a folder that holds all another machine needs."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import safetensors.torch
from mmengine.config import Config

from seg.apis.config.classifier import own_rows
from seg.apis.config.derive import derive_classes
from seg.apis.config.read import read_config, require_panoptic_model
from seg.apis.published.config import PublishedConfig
from seg.apis.published.layout import (
    CARD,
    CLASSIFIER,
    CONFIG,
    FORMAT,
    MANIFEST,
    PICTURES,
    READ,
    WEIGHTS,
    ClassifierRecord,
    Manifest,
    read_manifest,
    record_of,
)
from seg.apis.published.model import ROWS, PublishedModel
from seg.apis.publishing.card import model_card
from seg.apis.publishing.config import publishable_config
from seg.apis.publishing.results import results_of_checkpoint, results_of_file
from seg.apis.publishing.weights import precision_name, versions, weights_to_publish
from seg.apis.segmenter import Segmenter
from seg.runtime.whole_files import writing_folder

_LARGEST_PICTURE = 1280  # of its longer side


@dataclass(frozen=True)
class Publication:
    """What is published.

    Attributes:
        checkpoint: A checkpoint of training; of one with EMA the averaged weights.
        config: The config it was trained with. None is the one that the training wrote beside it.
        results: The ``results_file`` of an evaluation. None are those that a best checkpoint holds.
        picture: A picture that the card shows with its segments.
        name: Of the model. None is that of the folder.
        licence: The hub's name of a licence.
        made_by: The command it was trained with.
        repository: ``org/name`` on the hub, which the card names.
        half: Store floating point numbers in half precision; loading casts them back.
        trust_checkpoint: Run what the checkpoint asks to run.
    """

    checkpoint: Path
    config: str | None = None
    results: Path | None = None
    picture: Path | None = None
    name: str | None = None
    licence: str | None = None
    made_by: str | None = None
    repository: str | None = None
    half: bool = True
    trust_checkpoint: bool = False


def publish_folder(what: Publication, folder: Path) -> Manifest:
    """Write a folder that ``Segmenter(FOLDER)`` takes, whole or not at all.

    It is read back, and its model built, before it takes its place.

    Args:
        what: The model.
        folder: Where to; a published model that is there is replaced.

    Raises:
        FileNotFoundError: If a file is not there.
        FileExistsError: If the folder has other content.
        ValueError: If config, checkpoint and text classifier do not fit, or cannot be published.
        OSError: If the folder cannot be written.
    """
    require_replaceable(folder)
    if not what.checkpoint.is_file():
        raise FileNotFoundError(f'checkpoint {what.checkpoint} does not exist')
    cfg = read_config(what.config or str(config_beside(what.checkpoint)))
    require_panoptic_model(cfg)
    derive_classes(cfg)
    config, manifest, content = _describe(what, cfg, what.name or folder.name)
    words = config.vocabulary.vocabulary()
    reference = f'hf-hub:{what.repository}' if what.repository else folder.name
    with writing_folder(folder) as partial:
        for name, own in content.items():
            (partial / name).write_bytes(own)
        _write_manifest(partial, manifest)
        picture = _use(what, partial)
        card = model_card(
            manifest,
            words,
            reference=reference,
            licence=what.licence,
            picture=picture,
            text_model=_names_weights(config),
        )
        (partial / CARD).write_text(card, encoding='utf-8')
        for name in (CARD, *([picture] if picture else [])):
            manifest.files[name] = record_of((partial / name).read_bytes())
        _write_manifest(partial, manifest)
    return manifest


def _names_weights(config: PublishedConfig) -> str | None:
    """The text model that encodes other words, where its weights can be had."""
    text = config.text_model
    return None if text is None or text.checkpoint is None else text.model_name


def config_beside(checkpoint: Path) -> Path:
    """The config that a training wrote into its work folder.

    Raises:
        FileNotFoundError: If there is none, or more than one.
    """
    found = sorted(checkpoint.parent.glob('*.py'))
    if len(found) != 1:
        many = f'{len(found)} configs' if found else 'no config'
        raise FileNotFoundError(f'{many} beside {checkpoint}; name its config with --config')
    return found[0]


def require_replaceable(folder: Path) -> None:
    """See that nothing is lost where a folder is written.

    Raises:
        FileExistsError: If it has other content than a published model, or is the current one.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f'{folder} is there, and no folder; give another name')
    if folder.samefile(
        Path.cwd()
    ):  # it is replaced as a whole, and whoever is in it would see nothing
        raise FileExistsError(f'{folder} is the current folder; give the name of another one')
    found = {file.name for file in folder.iterdir()}
    if not found:
        return
    try:
        ours = {*read_manifest(folder).files, MANIFEST}
    except (FileNotFoundError, ValueError):
        ours = set()
    others = sorted(found - (ours & {*READ, MANIFEST, CARD, *PICTURES}))
    if others:
        raise FileExistsError(
            f'{folder} holds {others[0]}, which is no part of a published model and would be lost; give '
            'another folder'
        )


def _describe(
    what: Publication, cfg: Config, name: str
) -> tuple[PublishedConfig, Manifest, dict[str, bytes]]:
    """Config, manifest and content of what is read of a published model."""
    rows, made = own_rows(cfg)
    config = publishable_config(cfg, made['templates'])
    weights = weights_to_publish(what.checkpoint, half=what.half, trust=what.trust_checkpoint)
    content = {
        CONFIG: msgspec.json.format(msgspec.json.encode(config), indent=1),
        WEIGHTS: safetensors.torch.save(weights, metadata={'format': 'pt'}),
        CLASSIFIER: safetensors.torch.save({ROWS: rows}),
    }
    if made['pretrained'] is not None and ':' not in made['pretrained']:
        # A file; where it is on this machine is nobody's business.
        made['pretrained'] = Path(made['pretrained']).name
    results: dict[str, Any] | None
    if what.results is not None:
        results = results_of_file(what.results, config.vocabulary.vocabulary().first_names())
    else:
        results = results_of_checkpoint(what.checkpoint, trust=what.trust_checkpoint)
    manifest = Manifest(
        format=FORMAT,
        files={file: record_of(own) for file, own in content.items()},
        classifier=msgspec.convert(
            {key: made.get(key) for key in ClassifierRecord.__struct_fields__}, ClassifierRecord
        ),
        name=name,
        date=time.strftime('%Y-%m-%d'),
        parameters=sum(value.numel() for value in weights.values()),
        precision=precision_name(what.half),
        made_by=what.made_by,
        results=results,
        versions=versions(),
    )
    return config, manifest, content


def _use(what: Publication, folder: Path) -> str | None:
    """Build the model of what was written, and draw the picture; gives the name of its file."""
    try:
        segmenter = Segmenter(PublishedModel(folder), device='cpu')
    except ValueError as error:
        reason = str(error).replace(str(folder / WEIGHTS), str(what.checkpoint))
        raise ValueError(reason) from None
    if what.picture is None:
        return None
    drawn = segmenter(what.picture).plot()
    drawn.thumbnail((_LARGEST_PICTURE, _LARGEST_PICTURE))
    name = PICTURES[what.picture.suffix.lower() == '.png']
    drawn.save(folder / name, quality=90)
    return name


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / MANIFEST).write_bytes(content + b'\n')
