"""Real-time panoptic segmentation of COCO with the lighter RegNetX-3.2GF."""

from mmengine.config import read_base

with read_base():
    from .regnet_coco import *

model.backbone.update(
    dict(arch='regnetx_3.2gf', init_cfg=dict(checkpoint='open-mmlab://regnetx_3.2gf'))
)
model.neck.update(dict(in_channels=[96, 192, 432, 1008]))
