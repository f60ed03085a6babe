"""Necks: feature maps of several strides to what a head takes."""

from seg.models.necks.fused_fpn import FusedFPN

__all__ = ['FusedFPN']
