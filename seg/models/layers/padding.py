"""Which part of a padded batch is image.

Images of a batch are padded to one size, at the right and at the bottom.
"""

import math
from collections.abc import Sequence

import torch
from mmdet.structures import SampleList
from torch import Tensor


def metas_of(batch_data_samples: SampleList | None) -> list[dict]:
    """The metainfo of each sample; empty without samples."""
    return [sample.metainfo for sample in batch_data_samples or ()]


def image_extents(batch_img_metas: Sequence[dict]) -> list[tuple[float, float]] | None:
    """Share of height and of width that each image of a batch fills, in (0, 1].

    Args:
        batch_img_metas: ``img_shape`` and ``batch_input_shape`` of each image; one without the latter
            is not padded.

    Returns:
        B pairs; None if no image is padded.
    """
    extents = []
    for meta in batch_img_metas:
        padded = meta.get('batch_input_shape')
        extents.append(
            tuple(own / full for own, full in zip(meta['img_shape'][:2], padded, strict=True))
            if padded
            else (1.0, 1.0)
        )
    return extents if any(extent != (1, 1) for extent in extents) else None


def image_sizes(
    extents: list[tuple[float, float]], height: int, width: int
) -> list[tuple[int, int]]:
    """Rows and columns of a map [H, W] of the padded batch that hold each image, at least 1."""
    return [
        (max(1, math.ceil(h * height - 1e-6)), max(1, math.ceil(w * width - 1e-6)))
        for h, w in extents
    ]


def image_mask(extents: list[tuple[float, float]], like: Tensor) -> Tensor:
    """Where a map Tensor[B, ..., H, W] is image: bool Tensor[B, 1, H, W]."""
    mask = torch.zeros(len(like), 1, *like.shape[-2:], dtype=torch.bool, device=like.device)
    for own, (height, width) in zip(mask, image_sizes(extents, *like.shape[-2:]), strict=True):
        own[:, :height, :width] = True
    return mask


def within_images(points: Tensor, extents: Sequence[tuple[float, float]] | None) -> Tensor:
    """Points over the images instead of over the padded batch.

    Args:
        points: Tensor[B, P, 2], (x, y) in [0, 1] of each image.
        extents: See :func:`image_extents`.

    Returns:
        Tensor[B, P, 2], (x, y) in [0, 1] of the padded image.
    """
    if extents is None:
        return points
    return points * points.new_tensor([(w, h) for h, w in extents]).view(-1, 1, 2)
