"""Heads: feature maps to masks and their classes."""

from seg.models.heads.dynamic_kernel_head import DynamicKernelHead
from seg.models.heads.fusion_head import SparseFusionHead

__all__ = ['DynamicKernelHead', 'SparseFusionHead']
