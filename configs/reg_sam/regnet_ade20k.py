"""Real-time panoptic segmentation of ADE20K: 100 things, 50 stuff, 50 epochs."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.ade20k_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.regnet_dynamic import *
    from .._base_.schedules.adamw_50e import *
    from .._base_.text.convnext_large_d_320 import *
