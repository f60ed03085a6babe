"""From the config of a training, a program, to the plain data of a published model."""

import math
from collections.abc import Sequence
from typing import Any

from mmengine.config import Config
from mmengine.registry import Registry

from seg.apis.config.classifier import (
    TEXT_ENCODER,
    templates_from_config,
    text_model_from_config,
    vocabulary_from_config,
)
from seg.apis.config.read import config_name, section, type_name
from seg.apis.published.config import PublishedConfig, TextModel, Words, is_file_name
from seg.apis.published.layout import FORMAT
from seg.apis.published.types import PARTS, SETTINGS, registered_name
from seg.registry import MODELS, TRANSFORMS

# Of training alone.
_LEFT_OUT = ('init_cfg', 'train_cfg', 'pretrained', 'classifier', 'ov_classifier_name')


def publishable_config(cfg: Config, templates: Sequence[str]) -> PublishedConfig:
    """What a published model says of itself.

    Args:
        cfg: A config whose classes were derived.
        templates: The prompt templates of its text classifier; the config's where there are none.

    Raises:
        ValueError: If it has parts that a published model may not name.
    """
    head = cfg.model.panoptic_head
    steps = cfg.test_dataloader.dataset.pipeline
    steps = [step for step in steps if not type_name(step).rpartition('.')[2].startswith('Load')]
    model = {
        'type': _registered(dict(cfg.model)['type'], MODELS, 'model'),
        **{
            key: _plain(cfg.model[key], MODELS, f'model.{key}') for key in PARTS if key in cfg.model
        },
        **{
            key: _plain(cfg.model[key], MODELS, f'model.{key}')
            for key in SETTINGS
            if cfg.model.get(key) is not None
        },
    }
    config = PublishedConfig(
        format=FORMAT,
        model=model,
        pipeline=[_plain(step, TRANSFORMS, f'pipeline.{i}') for i, step in enumerate(steps)],
        vocabulary=Words.of(vocabulary_from_config(cfg), head.num_things_classes),
        templates=list(templates or templates_from_config(cfg)),
        text_model=_text_model(cfg),
    )
    try:
        config.check()
    except ValueError as error:
        raise ValueError(f'{config_name(cfg)} cannot be published as a folder: {error}') from None
    return config


def _text_model(cfg: Config) -> TextModel | None:
    if not section(cfg, 'text_model') and 'OpenCLIP' not in type_name(
        section(cfg, 'model.backbone')
    ):
        return None
    own = text_model_from_config(cfg)
    if own['type'] != TEXT_ENCODER:
        return None
    checkpoint = (own.get('init_cfg') or {}).get('checkpoint')
    if checkpoint is not None and is_file_name(str(checkpoint)):
        checkpoint = None  # a file of this machine
    return TextModel(str(own['model_name']), checkpoint)


def _plain(value: Any, registry: Registry, place: str) -> Any:
    """A part of a config as JSON has it, without what is of training."""
    if isinstance(value, dict):
        return {
            key: _registered(own, registry, place)
            if key == 'type'
            else _plain(own, registry, f'{place}.{key}')
            for key, own in value.items()
            if key not in _LEFT_OUT and not str(key).startswith(('loss_', '_'))
        }
    if isinstance(value, list | tuple):
        return [_plain(own, registry, f'{place}.{i}') for i, own in enumerate(value)]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(f'{place} of the config is {value!r}, which is no plain data to publish')


def _registered(kind: Any, registry: Registry, place: str) -> str:
    found = registry.get(kind) if isinstance(kind, str) else kind
    name = registered_name(found, registry)
    if name is None:
        raise ValueError(f'{place}.type of the config is {kind!r}, which is not registered')
    return name
