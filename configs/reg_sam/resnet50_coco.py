"""Panoptic segmentation of COCO with ResNet-50, for comparison with others on the same backbone."""

from mmdet.models import ResNet
from mmengine.config import read_base
from mmengine.model import PretrainedInit

with read_base():
    from .regnet_coco import *

# Assigned: update would keep the RegNet's own settings.
model.backbone = dict(
    type=ResNet,
    depth=50,
    out_indices=(0, 1, 2, 3),
    norm_cfg=dict(type='BN', requires_grad=True),
    norm_eval=True,
    style='pytorch',
    init_cfg=dict(type=PretrainedInit, checkpoint='torchvision://resnet50'),
)
model.neck.update(dict(in_channels=[256, 512, 1024, 2048]))
