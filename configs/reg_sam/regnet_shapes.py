"""The shapes world on two CPU cores: 10 things, 4 stuff, from random weights, in minutes."""

from mmengine.config import read_base
from mmengine.optim import CosineAnnealingLR, LinearLR

with read_base():
    from .._base_.datasets.shapes_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.regnet_dynamic import *
    from .._base_.schedules.adamw_50e import *
    from .._base_.text.shapes_clip import *

model.update(
    dict(
        backbone=dict(arch='regnetx_400mf', init_cfg=None, norm_eval=False),
        neck=dict(in_channels=[32, 64, 160, 384], out_channels=64),
        panoptic_head=dict(
            in_channels=64,
            num_queries=40,
            num_stages=2,
        ),
        train_cfg=dict(num_points=1024),
    )
)
train_cfg.update(dict(max_epochs=3, val_interval=1))
# From random weights: the backbone learns as fast as the rest.
optim_wrapper.update(
    dict(
        optimizer=dict(lr=3e-3),
        paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1.0))),
    )
)
param_scheduler = [
    dict(type=LinearLR, start_factor=0.05, by_epoch=False, begin=0, end=100),
    dict(type=CosineAnnealingLR, by_epoch=True, eta_min=1e-5, convert_to_iter_based=True),
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
