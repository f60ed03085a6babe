# The same on MobileCLIP2-S0, the lightest of open_clip's pyramids; its pictures are in [0, 1].
from mmengine.config import read_base

with read_base():
    from .clip_convnext_large import *

model.data_preprocessor.update(dict(mean=[0.0, 0.0, 0.0], std=[255.0, 255.0, 255.0]))
model.backbone.update(dict(model_name='MobileCLIP2-S0', init_cfg=dict(checkpoint='dfndr2b')))
model.neck.update(dict(in_channels=[64, 128, 256, 512]))
