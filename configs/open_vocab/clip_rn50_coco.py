"""Open vocabulary on a small trunk: the frozen ResNet-50 of OpenAI's CLIP, trained on COCO."""

from mmengine.config import read_base

with read_base():
    from .clip_convnext_large_coco import *

model.backbone.update(
    dict(model_name='RN50', init_cfg=dict(type='clip_pretrain', checkpoint='openai'))
)
model.neck.update(dict(in_channels=[256, 512, 1024, 2048]))
