"""Open vocabulary in real time, trained on COCO: a frozen MobileCLIP2-S0."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.coco_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.models.clip_mobileclip2_s0 import *
    from .._base_.schedules.adamw_50e import *
