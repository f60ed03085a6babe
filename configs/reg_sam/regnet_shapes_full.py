"""The full shapes world, 36 things by shape and colour and 6 stuff, on a longer schedule."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.shapes_full_panoptic import *
    from .regnet_shapes import *

model.panoptic_head.update(
    dict(
        num_things_classes=36,
        num_stuff_classes=6,
        ov_classifier_name='convnext_large_d_320_ShapesFullPanopticDataset',
    )
)
train_cfg.update(dict(max_epochs=40, val_interval=4))
