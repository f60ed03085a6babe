"""Your own data on two CPU cores: RegNetX-400MF from random weights."""

from mmengine.config import read_base

with read_base():
    from .regnet import *

own_data.update(dict(pictures=8_000, short_side=320))
model.update(
    dict(
        backbone=dict(arch='regnetx_400mf', init_cfg=None, norm_eval=False),
        neck=dict(in_channels=[32, 64, 160, 384], out_channels=64),
        panoptic_head=dict(in_channels=64, num_queries=60, num_stages=2),
        train_cfg=dict(num_points=2048),
    )
)
# From random weights: the backbone learns as fast as the rest.
optim_wrapper.update(
    dict(optimizer=dict(lr=1e-3), paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=1.0))))
)
