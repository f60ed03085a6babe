"""Open vocabulary, trained on ADE20K: a frozen ResNet-50 CLIP with FC-CLIP's settings."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.ade20k_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.clip_rn50 import *
    from .._base_.schedules.adamw_50e import *
