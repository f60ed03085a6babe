"""Open vocabulary on two CPU cores: the frozen CLIP of the shapes world, 24 things and 6 stuff seen.

Evaluated on 12 things more, by words and by combinations of words that training does not have.
"""

from mmengine.config import read_base
from mmengine.optim import CosineAnnealingLR, LinearLR

from seg.engine.hooks import EvalVocabularyHook, PanopticPictureHook
from seg.models.backbones import OpenCLIPBackbone

with read_base():
    from .._base_.datasets.shapes_open_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.regnet_dynamic import *
    from .._base_.schedules.adamw_50e import *
    from .._base_.text.shapes_clip import *

model.update(
    dict(
        data_preprocessor=dict(
            mean=[122.7709, 116.7460, 104.0937], std=[68.5005, 66.6322, 70.3232]
        ),
        neck=dict(in_channels=[32, 64, 64, 96], out_channels=96),
        panoptic_head=dict(
            in_channels=96,
            num_queries=40,
            num_stages=3,
        ),
        ensemble=dict(alpha=0.2, beta=0.4, scale=40.0),
        train_cfg=dict(num_points=1024),
        # Unseen words: see docs/en/performance.md.
        test_cfg=dict(
            iou_thr=0.7,
            no_object_bias=3.0,
            maskness_power=4.0,
            duplicate_iou=0.5,
            largest_component=True,
        ),
    )
)
# Assigned: update would keep the RegNet's own settings.
model.backbone = dict(
    type=OpenCLIPBackbone,
    model_name=text_model.model_name,
    fix=True,
    init_cfg=text_model.init_cfg,
)
del text_model  # beside a CLIP backbone it would not be read
custom_hooks = [
    dict(type=PanopticPictureHook),
    dict(type=EvalVocabularyHook),
]
train_cfg.update(dict(max_epochs=30, val_interval=3))
# At 3e-3 the loss rises again after 200 steps, and seeds differ by five points.
optim_wrapper.optimizer.lr = 1e-3
param_scheduler = [
    dict(type=LinearLR, start_factor=0.05, by_epoch=False, begin=0, end=100),
    dict(type=CosineAnnealingLR, by_epoch=True, eta_min=1e-5, convert_to_iter_based=True),
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
