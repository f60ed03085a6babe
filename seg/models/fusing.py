"""Batch norms folded into the convolutions before them, for inference."""

from typing import TypeVar

from mmcv.cnn.utils import fuse_conv_bn
from mmdet.models.backbones import RegNet, ResNet
from torch import nn

from seg.models.backbones import OpenCLIPBackbone
from seg.models.necks import FusedFPN

# Those whose norms were seen to follow, in the order of their definition, the convolutions that they norm in
# the order of their run: fuse_conv_bn takes the one for the other.
_KNOWN = (RegNet, ResNet, OpenCLIPBackbone, FusedFPN)

Module = TypeVar('Module', bound=nn.Module)


def fuse_norms(model: Module) -> Module:
    """Fold the norms of a model's backbone and neck, where these are known, in place.

    The model gives the same up to rounding, in less time; it cannot be trained any more.

    Args:
        model: In evaluation mode.
    """
    for name in ('backbone', 'neck'):
        part = getattr(model, name, None)
        if type(part) in _KNOWN:
            setattr(model, name, fuse_conv_bn(part))
    return model
