"""Pictures and segments as a CLIP's image tower takes them."""

import torch
import torch.nn.functional as F
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from open_clip.timm_model import TimmModel
from torch import Tensor


def pool_segments(visual: TimmModel, images: Tensor, masks: list[Tensor] | None) -> Tensor:
    """What ``OpenCLIPBackbone.mask_pool`` gives, for images with masks of different numbers.

    Args:
        visual: open_clip's image tower with a ConvNeXt of timm's.
        images: uint8 Tensor[B, 3, H, W].
        masks: Tensor[Q_b, H, W] of 0 and 1 for each image; None for the whole images.

    Returns:
        float32 Tensor[R, D], R the number of images or of all masks, not normalised.
    """
    maps = visual.trunk.forward_features(normalised(images)).float()
    if masks is None:
        pooled = maps.mean((2, 3))
    else:
        weights = [shrink_masks(inside, maps.shape[-2:]).flatten(1) for inside in masks]
        pooled = torch.cat(
            [
                w @ own.flatten(1).T / w.sum(1, keepdim=True).clamp(min=1e-6)
                for own, w in zip(maps, weights, strict=True)
            ]
        )
    return visual.head(visual.trunk.forward_head(pooled[..., None, None])).float()


def shrink_masks(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """Masks Tensor[Q, H, W] to Tensor[Q, h, w]: the part of each cell that lies inside."""
    return F.adaptive_avg_pool2d(masks, size)


def normalised(images: Tensor) -> Tensor:
    """CLIP's own normalisation of uint8 Tensor[B, 3, H, W]."""
    mean = torch.tensor(OPENAI_DATASET_MEAN)[:, None, None]
    std = torch.tensor(OPENAI_DATASET_STD)[:, None, None]
    images = images.to(memory_format=torch.channels_last)
    return (images / 255 - mean) / std


def segment_masks(segments: Tensor, counts: tuple[int, ...]) -> list[Tensor]:
    """Masks Tensor[Q_b, H, W] of each of B scenes from int Tensor[B, H, W]."""
    return [
        (own[None] == torch.arange(count)[:, None, None]).float()
        for own, count in zip(segments, counts, strict=True)
    ]
