"""Open vocabulary: a frozen ConvNeXt-L CLIP, trained on ADE20K; see docs/en/zero_shot.md."""

from mmengine.config import read_base

from seg.models.backbones import OpenCLIPBackbone

with read_base():
    from ..reg_sam.regnet_ade20k import *

model.update(
    dict(
        data_preprocessor=dict(
            mean=[122.7709, 116.7460, 104.0937], std=[68.5005, 66.6322, 70.3232]
        ),
        neck=dict(in_channels=[192, 384, 768, 1536]),
        panoptic_head=dict(num_queries=250),
        ensemble=dict(alpha=0.4, beta=0.8, scale=100.0),
        test_cfg=dict(object_mask_thr=0.0, iou_thr=0.8),
    )
)
# Assigned: update would keep the RegNet's own settings.
model.backbone = dict(
    type=OpenCLIPBackbone,
    model_name=text_model.model_name,
    fix=True,
    init_cfg=text_model.init_cfg,
)
del text_model  # beside a CLIP backbone it would not be read
