"""Makes the text classifier of ADE20K, from the data set and text settings that training uses."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.ade20k_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.text.convnext_large_d_320 import *
