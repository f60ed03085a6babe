"""Feature pyramid levels fused into one map of stride 4 that knows where it is."""

import torch
import torch.nn.functional as F
from mmdet.models.necks import FPN
from mmdet.structures import SampleList
from mmengine.model import BaseModule
from torch import Tensor, nn

from seg.models.layers.padding import image_extents, image_sizes, metas_of
from seg.registry import MODELS


@MODELS.register_module()
class FusedFPN(BaseModule):
    """mmdet's FPN, its levels resized to the finest and summed with learned softmax weights.

    Two channels of coordinates, from -1 to 1 over width and height of each image, go in before the
    last convolution (CoordConv, arXiv 1807.03247), so that a kernel may ask where a pixel lies.

    Args:
        in_channels: Channels of the maps, finest first.
        out_channels: Channels C of the fused map. Defaults to 128.
        groups: Groups of the normalisation. Defaults to 32.
        init_cfg: See mmengine's ``BaseModule``.
    """

    def __init__(
        self,
        in_channels: list[int],
        out_channels: int = 128,
        groups: int = 32,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        norm_cfg = dict(type='GN', num_groups=groups, requires_grad=True)
        self.fpn = FPN(
            in_channels=in_channels,
            out_channels=out_channels,
            num_outs=len(in_channels),
            norm_cfg=norm_cfg,
        )
        self.level_logits = nn.Parameter(torch.zeros(len(in_channels)))
        self.fuse = nn.Sequential(
            nn.Conv2d(out_channels + 2, out_channels, 3, padding=1, bias=False),
            nn.GroupNorm(groups, out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(
        self, maps: tuple[Tensor, ...], batch_data_samples: SampleList | None = None
    ) -> tuple[Tensor]:
        """One map of the size of the finest.

        Args:
            maps: Tensors [B, C_i, H_i, W_i], finest first.
            batch_data_samples: Tell how much of the maps is padding. Defaults to None, nothing is.

        Returns:
            Tensor[B, C, H_0, W_0], in a tuple.
        """
        levels = self.fpn(maps)
        weights = self.level_logits.softmax(0)
        # From coarse to fine, so that each level is resized by a factor of two only.
        fused = weights[-1] * levels[-1]
        for weight, level in zip(weights[:-1].flip(0), levels[-2::-1], strict=True):
            size = level.shape[-2:]
            fused = weight * level + F.interpolate(
                fused, size, mode='bilinear', align_corners=False
            )
        coordinates = _coordinates(fused, image_extents(metas_of(batch_data_samples)))
        return (self.fuse(torch.cat([fused, coordinates], dim=1)),)


def _coordinates(like: Tensor, extents: list[tuple[float, float]] | None) -> Tensor:
    """Tensor[B, 2, H, W] of x and y, in [-1, 1] over each image and 0 in the padding."""
    height, width = like.shape[-2:]
    if extents is None:
        return _grid(height, width, like).expand(len(like), -1, -1, -1)
    coordinates = like.new_zeros(len(like), 2, height, width)
    for own, (rows, columns) in zip(coordinates, image_sizes(extents, height, width), strict=True):
        own[:, :rows, :columns] = _grid(rows, columns, like)
    return coordinates


def _grid(height: int, width: int, like: Tensor) -> Tensor:
    y, x = (torch.linspace(-1, 1, n, device=like.device, dtype=like.dtype) for n in (height, width))
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)])
