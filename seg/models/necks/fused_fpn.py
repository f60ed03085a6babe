"""A light feature pyramid, fused into one map of stride 4 that knows where it is."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from seg.models.layers.padding import image_coordinates
from seg.registry import MODELS


@MODELS.register_module()
class FusedFPN(BaseModule):
    """Levels summed from coarse to fine; where maps are large, only what is cheap is done.

    A pyramid (FPN, arXiv 1612.03144) spends most of its time on the convolutions of its finest level.
    Here each level is brought to ``channels`` before it is resized (YOSO, arXiv 2303.14651); the
    coarser ones are convolved in full, and the finest depthwise and then pointwise. Two channels of
    coordinates, from -1 to 1 over width and height of each image, go into the last full convolution
    (CoordConv, arXiv 1807.03247), so that a kernel may ask where a pixel lies. The norms are those of
    batches, which inference folds into the convolutions.

    Args:
        in_channels: Channels of the maps, finest first; at least two.
        out_channels: Channels C of the fused map. Defaults to 128.
        channels: Channels within. Defaults to 128.
        norm_cfg: mmcv's config of the norms. Defaults to ``dict(type='BN')``.
        init_cfg: See mmengine's ``BaseModule``.
    """

    def __init__(
        self,
        in_channels: list[int],
        out_channels: int = 128,
        channels: int = 128,
        norm_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        norm_cfg = norm_cfg or dict(type='BN')
        self.laterals = nn.ModuleList(
            ConvModule(size, channels, 1, norm_cfg=norm_cfg, act_cfg=None) for size in in_channels
        )
        # Of the coarse levels, finest first; that one takes the coordinates.
        self.convs = nn.ModuleList(
            ConvModule(channels + 2 * is_last, channels, 3, padding=1, norm_cfg=norm_cfg)
            for is_last in (True, *[False] * (len(in_channels) - 2))
        )
        self.fuse = DepthwiseSeparableConvModule(
            channels, out_channels, 3, padding=1, norm_cfg=norm_cfg, dw_act_cfg=None
        )

    def forward(self, maps: Sequence[Tensor], extents: Tensor | None = None) -> Tensor:
        """One map of the size of the finest.

        Args:
            maps: Tensors [B, C_i, H_i, W_i], finest first.
            extents: Tensor[B, 2], the share of height and width that is image, see
                :func:`~seg.models.layers.padding.image_extents`. Defaults to None, all is.

        Returns:
            Tensor[B, C, H_0, W_0].
        """
        finest, *coarse = (lateral(own) for lateral, own in zip(self.laterals, maps, strict=True))
        fused = coarse[-1]
        for index in reversed(range(len(coarse))):
            if index < len(coarse) - 1:
                fused = coarse[index] + _resized(fused, coarse[index])
            if index == 0:
                fused = torch.cat([fused, image_coordinates(extents, fused)], dim=1)
            fused = self.convs[index](fused)
        return self.fuse(finest + _resized(fused, finest))


def _resized(values: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(values, like.shape[-2:], mode='bilinear', align_corners=False)
