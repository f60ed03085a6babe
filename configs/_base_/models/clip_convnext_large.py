# A frozen ConvNeXt-L CLIP, its own scores in a geometric ensemble; queries, weights and thresholds are
# those of FC-CLIP (arXiv 2308.02487). The text tower is of the same CLIP.
from mmengine.config import read_base

from seg.models.backbones import OpenCLIPBackbone

with read_base():
    from .regnet_dynamic import *

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
    model_name='convnext_large_d_320',
    fix=True,
    init_cfg=dict(type='clip_pretrain', checkpoint='laion2b_s29b_b131k_ft_soup'),
)
templates = 'vild'
