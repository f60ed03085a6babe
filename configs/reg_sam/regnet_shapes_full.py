"""The full shapes world, 36 things by shape and colour and 6 stuff, on a longer schedule."""

from mmengine.config import read_base

with read_base():
    from .regnet_shapes import *

    # After it: the later import counts.
    from .._base_.datasets.shapes_full_panoptic import *  # isort: skip

# Shape is learned late. Losses of masks give most of the gradient, and at regnet_shapes.py's
# learning rate nothing is left of shape; docs/en/performance.md has the measurements.
model.panoptic_head.loss_cls.update(dict(loss_weight=8.0))
model.panoptic_head.loss_semantic.update(dict(loss_weight=4.0))
optim_wrapper.optimizer.update(dict(lr=1e-3))
train_cfg.update(dict(max_epochs=32, val_interval=4))
