# The same on CLIP's ResNet-50.
from mmengine.config import read_base

with read_base():
    from .clip_convnext_large import *

model.backbone.update(dict(model_name='RN50-quickgelu', init_cfg=dict(checkpoint='openai')))
model.neck.update(dict(in_channels=[256, 512, 1024, 2048]))
