"""Makes the text classifier of ADE20K, from the data set and text settings that training uses."""

from mmengine.config import read_base

from seg.models.backbones import OpenCLIPBackbone

with read_base():
    from .._base_.datasets.ade20k_panoptic import *
    from .._base_.default_runtime import *
    from .._base_.text.convnext_large_d_320 import *

# The text model of training, in the place where a CLIP backbone has it.
model = dict(
    backbone=dict(
        type=OpenCLIPBackbone,
        model_name=text_model.model_name,
        fix=True,
        init_cfg=text_model.init_cfg,
    )
)
del text_model  # beside a CLIP backbone it would not be read
