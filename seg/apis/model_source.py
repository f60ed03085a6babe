"""Where a model comes from: a checkpoint that PyTorch runs, or an exported file that another runtime does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from torch import Tensor

from seg.apis.config.classifier import own_rows, text_model_from_config, vocabulary_from_config
from seg.apis.config.read import config_name
from seg.apis.text_model import ConfiguredTextModel
from seg.models.exported.description import Description
from seg.models.exported.runtimes import DEFAULT_RUNTIME, open_runtime
from seg.models.fusing import fuse_norms
from seg.models.memory_layout import move_to
from seg.registry import MODELS
from seg.runtime.checkpoints.reading import read_checkpoint
from seg.runtime.checkpoints.weights import require_weights_of

_KEPT = ('panoptic_fusion_head', 'data_preprocessor', 'test_cfg', 'ensemble')
_HEAD = ('num_things_classes', 'num_stuff_classes', 'ov_classifier_name', 'classifier')


class ModelSource(ABC):
    """A file that was read, and can become the model of a config.

    Attributes:
        has_fixed_words: Whether the words are folded in.
        has_text_model: Whether it was trained with a text model, which encodes other words.
        known: Candidates whose features Tensor[D] come with it.
    """

    has_fixed_words = False
    has_text_model = True
    known: Mapping[str, Tensor] = {}

    def require_words(self, classes: tuple[str, ...]) -> None:  # noqa: B027  any will do
        """See that the model can be asked for these C class names.

        Raises:
            ValueError: If it cannot.
        """

    @abstractmethod
    def build(self, cfg: Config) -> Any:
        """The model of a config whose classes were derived, in evaluation mode, on the CPU.

        Raises:
            ValueError: If the file is another model's.
        """

    def build_on(self, cfg: Config, device: torch.device) -> Any:
        """What :meth:`build` gives, on the device where it is to run."""
        return move_to(self.build(cfg), device)

    def text_encoder(self, cfg: Config) -> Any:
        """What encodes words for the model, on the CPU.

        Raises:
            ValueError: If there is none.
            OSError: If its weights cannot be had.
        """
        self.require_text_model(cfg, config_name(cfg))
        return ConfiguredTextModel(text_model_from_config(cfg)).build()

    def require_text_model(self, cfg: Config, name: str) -> None:
        """See that the model, which messages call ``name``, was trained with a text model.

        Raises:
            ValueError: If it was not: other words mean nothing to it.
        """
        if not self.has_text_model:
            count = len(vocabulary_from_config(cfg).classes)
            raise ValueError(
                f'{name} was trained without a text model, so that it knows its own {count} classes alone'
            )


def model_source(path: Path, runtime: str | None = None, *, trust: bool = False) -> ModelSource:
    """Read a checkpoint, or an exported file where the name ends in ``.onnx``.

    Args:
        path: The file.
        runtime: One of :data:`~seg.models.exported.runtimes.RUNTIMES`, for an exported file.
        trust: Run what a checkpoint asks to run; by default such a one is refused.

    Raises:
        FileNotFoundError: If it is not there.
        ValueError: If it is damaged or none of ours, or the runtime is not installed or not for it.
    """
    if is_exported(path):
        return _ExportedFile(path, runtime or DEFAULT_RUNTIME)
    refuse_runtime(path, runtime)
    return _Checkpoint(path, trust)


def refuse_runtime(path: Path | None, runtime: str | None) -> None:
    """Raise ValueError if a runtime was named for what PyTorch runs."""
    if runtime is not None:
        raise ValueError(
            f'--runtime {runtime} runs what tools/export.py wrote (NAME.onnx), and {path} is a '
            'checkpoint, which PyTorch runs'
        )


def is_exported(path: Path) -> bool:
    """Whether a file is one of ``tools/export.py``, by its name."""
    return path.suffix.lower() == '.onnx'


def use_exported(cfg: Config, path: Path, runtime: str | None) -> Description:
    """Let a config, whose classes were derived, build the model of an exported file in place of its own.

    Returns:
        What the file says of itself.

    Raises:
        FileNotFoundError: If the file is not there.
        ValueError: If it is another model's, or the runtime is not installed.
    """
    runtime = runtime or DEFAULT_RUNTIME
    description = _describe(path, runtime)
    text_model = text_model_from_config(cfg)['model_name']
    if description.text_model != text_model:
        raise ValueError(
            f'{path} is of another model: it was exported from {description.config} for the text '
            f'model {description.text_model}, {config_name(cfg)} has {text_model}'
        )
    head = cfg.model.panoptic_head
    if description.words == 'open' and 'ov_classifier_name' in head:
        own_rows(cfg)
    cfg.model = ConfigDict(
        type='seg.ExportedMaskFormer',
        file=str(path),
        runtime=runtime,
        panoptic_head={key: head[key] for key in _HEAD if key in head},
        **{key: cfg.model[key] for key in _KEPT if key in cfg.model},
    )
    return description


def model_with_weights(cfg: Config, weights: dict[str, Tensor], path: Path) -> Any:
    """The model of a config, for inference, with the weights of a checkpoint.

    Args:
        cfg: A config whose classes were derived.
        weights: The checkpoint's.
        path: Its file, for the message.

    Raises:
        ValueError: If they are another model's.
    """
    model = MODELS.build(cfg.model)
    require_weights_of(model, weights, path)
    model.load_state_dict(weights)
    return fuse_norms(model.eval())


class _Checkpoint(ModelSource):
    def __init__(self, path: Path, trust: bool) -> None:
        self._path = path
        self._weights: dict[str, Tensor] | None = read_checkpoint(path, trust=trust)['state_dict']

    def build(self, cfg: Config) -> Any:
        assert self._weights is not None  # a source is built once
        if 'ov_classifier_name' in cfg.model.panoptic_head:
            own_rows(cfg)
        weights, self._weights = self._weights, None  # the model has its own
        return model_with_weights(cfg, weights, self._path)


class _ExportedFile(ModelSource):
    def __init__(self, path: Path, runtime: str) -> None:
        self._path, self._runtime = path, runtime
        self._description = _describe(path, runtime)
        self.has_fixed_words = self._description.words == 'fixed'

    def require_words(self, classes: tuple[str, ...]) -> None:
        self._description.require_words(classes)

    def build(self, cfg: Config) -> Any:
        use_exported(cfg, self._path, self._runtime)
        return MODELS.build(cfg.model).eval()


def _describe(path: Path, runtime: str) -> Description:
    return Description.from_metadata(open_runtime(path, runtime).metadata(), path)
