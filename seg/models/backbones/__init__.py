"""Backbones: images to feature maps."""

from seg.models.backbones.openclip_backbone import OpenCLIPBackbone

__all__ = ['OpenCLIPBackbone']
