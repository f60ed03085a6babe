"""Open vocabulary, trained on COCO: a frozen ResNet-50 CLIP with FC-CLIP's settings."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.coco_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.clip_rn50 import *
    from .._base_.schedules.adamw_50e import *
