from mmdet.models import RegNet
from mmengine.config import read_base

with read_base():
    from .._base_.datasets.coco_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.text.convnext_large_d_320 import *

model = dict(backbone=dict(type=RegNet, arch='regnetx_12gf', out_indices=(0, 1, 2, 3)))
