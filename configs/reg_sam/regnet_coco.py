"""Real-time panoptic segmentation of COCO: 80 things, 53 stuff, 50 epochs."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.coco_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.regnet_dynamic import *
    from .._base_.schedules.adamw_50e import *
    from .._base_.text.convnext_large_d_320 import *
