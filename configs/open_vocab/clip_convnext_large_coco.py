"""Open vocabulary, trained on COCO: a frozen ConvNeXt-L CLIP with FC-CLIP's settings."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.coco_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.clip_convnext_large import *
    from .._base_.schedules.adamw_50e import *
