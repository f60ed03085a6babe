"""Your own data, prepared by tools/prepare_data.py: RegNetX-3.2GF with ImageNet's weights, on a GPU."""

from mmengine.config import read_base
from mmengine.hooks import EarlyStoppingHook
from mmengine.optim import CosineAnnealingLR, LinearLR

with read_base():
    from .._base_.datasets.own_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.regnet_dynamic import *
    from .._base_.schedules.adamw_50e import *
    from .._base_.text.convnext_large_d_320 import *

# What tools/train.py --data decides by the data: as many epochs as show this many pictures, within
# bounds; pictures of their own size, up to a short side; classes in less than this share of the
# pictures more often.
own_data = dict(pictures=32_000, epochs=(12, 100), validations=10, short_side=640, rare=0.1)

model.update(
    dict(
        backbone=dict(arch='regnetx_3.2gf', init_cfg=dict(checkpoint='open-mmlab://regnetx_3.2gf')),
        neck=dict(in_channels=[96, 192, 432, 1008]),
    )
)
train_dataloader.update(dict(batch_size=8))
optim_wrapper.update(dict(optimizer=dict(lr=3e-4)))
param_scheduler = [
    dict(type=LinearLR, start_factor=0.05, by_epoch=False, begin=0, end=100),
    dict(type=CosineAnnealingLR, by_epoch=True, eta_min=1e-6, convert_to_iter_based=True),
]
custom_hooks += [dict(type=EarlyStoppingHook, monitor='PQ', rule='greater', patience=5)]
auto_scale_lr = dict(enable=True, base_batch_size=8)
