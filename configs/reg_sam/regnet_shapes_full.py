"""The full shapes world, 36 things by shape and colour and 6 stuff, on a longer schedule."""

from mmengine.config import read_base

with read_base():
    from .regnet_shapes import *

    # After it: the later import counts.
    from .._base_.datasets.shapes_full_panoptic import *  # isort: skip

model.panoptic_head.update(
    dict(
        num_things_classes=36,
        num_stuff_classes=6,
        ov_classifier_name='shapes_clip_ShapesFullPanopticDataset',
    )
)
train_cfg.update(dict(max_epochs=40, val_interval=4))
param_scheduler[1].T_max = 40
