"""Which part of a padded batch is image.

Images of a batch are padded to one size, at the right and at the bottom. How much of height and width
each of them fills is a Tensor[B, 2] in (0, 1]; None says that no image is padded.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmdet.structures import SampleList
from torch import Tensor


def metas_of(batch_data_samples: SampleList | None) -> list[dict]:
    """The metainfo of each sample; empty without samples."""
    return [sample.metainfo for sample in batch_data_samples or ()]


def image_extents(batch_img_metas: Sequence[dict], like: Tensor) -> Tensor | None:
    """Share of height and of width that each image of a batch fills.

    Args:
        batch_img_metas: ``img_shape`` and ``batch_input_shape`` of each image; one without the latter
            is not padded.
        like: On whose device the shares are to be.

    Returns:
        float32 Tensor[B, 2], in (0, 1]; None if no image is padded.
    """
    extents = []
    for meta in batch_img_metas:
        padded = meta.get('batch_input_shape')
        extents.append(
            tuple(own / full for own, full in zip(meta['img_shape'][:2], padded, strict=True))
            if padded
            else (1.0, 1.0)
        )
    if all(extent == (1, 1) for extent in extents):
        return None
    return torch.tensor(extents, dtype=torch.float32, device=like.device)


def image_sizes(extents: Tensor, height: int, width: int) -> Tensor:
    """Rows and columns of a map [H, W] of the padded batch that hold each image, long Tensor[B, 2]."""
    # The shares are fractions with at most one pixel of the input as step, which rounding stays below.
    rows, columns = extents.unbind(-1)
    sizes = torch.stack([rows * height, columns * width], dim=-1)
    return (sizes - 1e-3).ceil().long().clamp(min=1)


def image_mask(extents: Tensor, like: Tensor) -> Tensor:
    """Where a map Tensor[B, ..., H, W] is image: bool Tensor[B, 1, H, W]."""
    height, width = like.shape[-2:]
    rows, columns = image_sizes(extents, height, width)[..., None].unbind(1)
    row_is_image = torch.arange(height, device=like.device) < rows
    column_is_image = torch.arange(width, device=like.device) < columns
    return (row_is_image[:, :, None] & column_is_image[:, None])[:, None]


def halved(features: Tensor, extents: Tensor | None) -> Tensor:
    """Means over 2 x 2 pixels, of those that are image.

    Args:
        features: Tensor[B, C, H, W].
        extents: Tensor[B, 2] of shares of height and width, or None.

    Returns:
        Tensor[B, C, ceil(H / 2), ceil(W / 2)], 0 where nothing is image.
    """
    if extents is None:
        return _halved(features)
    is_image = image_mask(extents, features).to(features.dtype)
    return _halved(features * is_image) / _halved(is_image).clamp(min=0.25)


def _halved(values: Tensor) -> Tensor:
    height, width = values.shape[-2:]
    if height % 2 or width % 2 or torch.compiler.is_compiling():
        return F.avg_pool2d(values, 2, ceil_mode=True, count_include_pad=False)
    rows = (
        values[..., ::2, :] + values[..., 1::2, :]
    )  # on a CPU 4 to 9 times as fast as the pooling
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def image_coordinates(extents: Tensor | None, like: Tensor) -> Tensor:
    """Where the pixels of a map Tensor[B, C, H, W] lie in their images.

    Returns:
        Tensor[B, 2, H, W] of x and y, from -1 to 1 over each image and 0 in the padding.
    """
    height, width = like.shape[-2:]
    if extents is None:
        sizes = torch.tensor([[height, width]], device=like.device)
    else:
        sizes = image_sizes(extents, height, width)
    steps = 2 / (sizes - 1).clamp(min=1).to(like.dtype)
    y, x = (
        torch.arange(length, device=like.device, dtype=like.dtype) * step[:, None] - 1
        for length, step in zip((height, width), steps.unbind(1), strict=True)
    )
    coordinates = torch.stack(
        [x[:, None].expand(-1, height, -1), y[:, :, None].expand(-1, -1, width)], dim=1
    )
    if extents is None:
        return coordinates.expand(len(like), -1, -1, -1)
    return coordinates * image_mask(extents, like)


def within_images(points: Tensor, extents: Tensor | None) -> Tensor:
    """Points over the images instead of over the padded batch.

    Args:
        points: Tensor[B, P, 2], (x, y) in [0, 1] of each image.
        extents: Tensor[B, 2] of shares of height and width, or None.

    Returns:
        Tensor[B, P, 2], (x, y) in [0, 1] of the padded image.
    """
    return points if extents is None else points * extents.flip(-1)[:, None]
