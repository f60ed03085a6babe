"""A published model, read and checked, as a segmenter takes it."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from mmengine.config import Config
from safetensors import SafetensorError
from torch import Tensor

from seg.apis.config.image_pipeline import image_pipeline
from seg.apis.config.options import apply_option
from seg.apis.model_source import ModelSource, model_with_weights
from seg.apis.published.config import parse_config
from seg.apis.published.layout import CLASSIFIER, CONFIG, WEIGHTS, read_file, read_manifest
from seg.apis.random_classifier import MODEL_NAME as RANDOM
from seg.apis.text_model import ConfiguredTextModel
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import rows_of_candidates
from seg.text_classifier.storage import require_unit_rows

ROWS = 'classifier'  # the tensor's name in its file
_DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.bool)
# What libraries raise for settings that they cannot take.
_BUILD_ERRORS = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    RuntimeError,
    TypeError,
    ZeroDivisionError,
)


class PublishedModel(ModelSource):
    """A folder of :mod:`seg.apis.published.layout`. Nothing in it is run, and nothing else is read.

    Args:
        folder: The folder.
        options: ``KEY=VALUE`` strings that change the config, see
            :func:`~seg.apis.config.options.apply_option`.

    Attributes:
        folder: The folder.
        cfg: A config with the classes and their text classifier.
        manifest: How it was made.

    Raises:
        FileNotFoundError: If the folder is no published model, or not complete.
        ValueError: If a file is not the one that was published, or not what it should be.
    """

    def __init__(self, folder: Path, options: Sequence[str] | None = None) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self.has_text_model = self.manifest.classifier.model_name != RANDOM
        content = {
            name: read_file(folder, name, self.manifest) for name in (CONFIG, WEIGHTS, CLASSIFIER)
        }
        config = parse_config(content[CONFIG], folder / CONFIG)
        rows = _classifier(content[CLASSIFIER], folder / CLASSIFIER)
        self.known = _known(config.vocabulary.classes, rows, folder / CLASSIFIER)
        self._weights: dict[str, Tensor] | None = _tensors(content[WEIGHTS], folder / WEIGHTS)
        self.cfg = config.to_config(folder / CONFIG)
        self.cfg.model.panoptic_head.classifier = rows
        for option in options or ():
            apply_option(self.cfg, option)

    def build(self, cfg: Config) -> Any:
        """See :class:`~seg.apis.model_source.ModelSource`."""
        assert self._weights is not None  # a source is built once
        weights, self._weights = self._weights, None
        file = self.folder / WEIGHTS
        with warnings.catch_warnings():
            # A CLIP's image tower is among the weights.
            warnings.filterwarnings('ignore', message='.*random weights for the visual tower')
            try:
                image_pipeline(cfg)  # a segmenter makes its own
                return model_with_weights(cfg, weights, file)
            except _BUILD_ERRORS as error:
                reason = ' '.join(str(error).split())[:200]
                raise ValueError(f'{self.folder / CONFIG} describes no model: {reason}') from None

    def text_encoder(self, cfg: Config) -> Any:
        """See :class:`~seg.apis.model_source.ModelSource`."""
        made = self.manifest.classifier
        self.require_text_model(self.cfg, str(self.folder))
        own = f'the text model of {self.folder}'
        text_model = cfg.get('text_model')
        if not text_model or not text_model.get('init_cfg'):
            raise ValueError(
                f'{own} has weights that the folder does not name, so that it knows its own words '
                'alone; if you have them: --cfg-options text_model.init_cfg.checkpoint=FILE '
                'text_model.init_cfg.type=clip_pretrain'
            )
        try:
            encoder = ConfiguredTextModel(dict(text_model)).build()
        except OSError as error:
            raise OSError(f'{error}; the words of {self.folder} need no text model') from None
        if made.weights_digest is not None and encoder.weights_digest != made.weights_digest:
            raise ValueError(
                f'{own} is another than that of its training: its weights have the digest '
                f'{encoder.weights_digest[:12]}..., expected {made.weights_digest[:12]}...'
            )
        return encoder


def _tensors(content: bytes, file: Path) -> dict[str, Tensor]:
    try:
        tensors = safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{file} is no file of safetensors: {error}') from None
    strange = [key for key, v in tensors.items() if v.dtype not in _DTYPES]
    if strange:
        raise ValueError(f'{file} has numbers of {tensors[strange[0]].dtype}: {strange[0]}')
    broken = [key for key, v in tensors.items() if v.is_floating_point() and not v.isfinite().all()]
    if broken:
        raise ValueError(f'{file} has numbers that are not finite: {broken[0]}')
    return tensors


def _classifier(content: bytes, file: Path) -> Tensor:
    tensors = _tensors(content, file)
    if list(tensors) != [ROWS]:
        raise ValueError(f'{file} holds {", ".join(tensors) or "nothing"}, expected {ROWS}')
    try:
        require_unit_rows(tensors[ROWS])
    except ValueError as error:
        raise ValueError(f'text classifier {file}: {error}') from None
    return tensors[ROWS]


def _known(classes: Sequence[str], rows: Tensor, file: Path) -> Mapping[str, Tensor]:
    """The features of the candidates that a text classifier was made of."""
    candidates = split_classes(classes)
    width = max(len(own) for own in candidates)
    if rows.shape[:2] != (len(candidates), width):
        raise ValueError(
            f'text classifier {file} has rows for {rows.shape[0]} classes of {rows.shape[1]} '
            f'candidates, the config names {len(candidates)} of at most {width}'
        )
    return rows_of_candidates(candidates, rows)
