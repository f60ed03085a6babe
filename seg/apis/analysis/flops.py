"""What a model costs: products and parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.model import BaseModel, revert_sync_batchnorm
from mmengine.runner import Runner
from torch.utils.flop_counter import FlopCounterMode

from seg.apis.config.classifier import text_model_from_config, vocabulary_from_config
from seg.apis.config.derive import derive_classes
from seg.apis.config.read import config_name, is_panoptic, section
from seg.apis.random_classifier import random_features
from seg.models.openclip import architecture_config, resolve_architecture
from seg.registry import MODELS
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates


@dataclass(frozen=True)
class Cost:
    """Of one picture.

    Attributes:
        macs: Multiply-adds, the mean over the pictures; the field calls them FLOPs.
        parameters: Number of parameters.
        shape: Height and width of the input, the last picture's.
    """

    macs: int
    parameters: int
    shape: tuple[int, int]


def count_macs(forward: Callable[[], Any]) -> int:
    """Multiply-adds of convolutions and matrix products in a call of a model that needs no gradients.

    Operations of mmcv's, deformable attention for one, and what costs no products are not counted.
    """
    with FlopCounterMode(display=False) as counter:
        forward()
    return counter.get_total_flops() // 2


def model_without_weights(cfg: Config) -> BaseModel:
    """The model of a config, with random weights and a text classifier of random rows: costs do not depend on either.

    Args:
        cfg: A training config; the numbers of classes are filled into it.

    Raises:
        ValueError: If it has no model, or classes and text model do not fit.
    """
    if 'type' not in section(cfg, 'model'):
        raise ValueError(f'{config_name(cfg)} has no model to build')
    if is_panoptic(cfg) and 'classifier' not in cfg.model.panoptic_head:
        derive_classes(cfg)
        architecture = resolve_architecture(text_model_from_config(cfg)['model_name'])
        candidates = split_classes(vocabulary_from_config(cfg).classes)
        size = architecture_config(architecture)['embed_dim']
        rows = random_features(distinct_candidates(candidates), size)
        del cfg.model.panoptic_head.ov_classifier_name  # whose file may not be made yet
        cfg.model.panoptic_head.classifier = assemble_classifier(rows, candidates)
    if cfg.model.get('backbone'):
        cfg.model.backbone.init_cfg = None
    return revert_sync_batchnorm(MODELS.build(cfg.model)).eval().requires_grad_(False)


def cost_of_shape(cfg: Config, height: int, width: int) -> Cost:
    """The cost of a picture of a size in pixels, before it is padded."""
    model = model_without_weights(cfg)
    sample = DetDataSample(metainfo=dict(img_shape=(height, width), ori_shape=(height, width)))
    picture = torch.zeros(3, height, width, dtype=torch.uint8)
    return _cost(model, [dict(inputs=[picture], data_samples=[sample])])


def cost_of_pictures(cfg: Config, count: int) -> Cost:
    """The mean cost of the first pictures of the validation data."""
    loader_cfg = {**cfg.val_dataloader, 'batch_size': 1, 'num_workers': 0}
    loader = Runner.build_dataloader({**loader_cfg, 'persistent_workers': False})
    batches = [batch for batch, _ in zip(loader, range(count), strict=False)]
    return _cost(model_without_weights(cfg), batches)


def _cost(model: BaseModel, batches: list[dict]) -> Cost:
    macs, shape = [], (0, 0)
    for batch in batches:
        data = model.data_preprocessor(batch)
        shape = tuple(data['inputs'].shape[-2:])
        macs.append(count_macs(partial(model, **data, mode='tensor')))
    parameters = sum(own.numel() for own in model.parameters())
    return Cost(sum(macs) // len(macs), parameters, shape)
