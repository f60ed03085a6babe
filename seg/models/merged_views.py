"""What several views of one picture say of it: masks laid over each other, queries that mean the same averaged.

Queries of different views are not aligned: the third of one view may find what the ninth of another finds. So those
whose masks overlap are put together first, as detections are before their boxes are averaged (arXiv 1910.13302).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

#: Queries that are less sure of any object are left out; a view without a query counts as sure of none.
_FAINT = 0.01
#: Of a probability that becomes a logit again.
_ROUNDING = 1e-6


def common_size(masks: list[Tensor], metas: list[dict]) -> tuple[int, int]:
    """Rows and columns of the largest of several views' maps, without padding.

    Args:
        masks: Of each view, Tensor[Q, h, w] over its padded input.
        metas: Of each view, with ``img_shape`` and ``batch_input_shape``.
    """
    sizes = [
        tuple(
            math.ceil(side * own / padded)
            for side, own, padded in zip(
                maps.shape[-2:], meta['img_shape'][:2], meta['batch_input_shape'], strict=True
            )
        )
        for maps, meta in zip(masks, metas, strict=True)
    ]
    return max(sizes, key=math.prod)


def laid_over(masks: Tensor, meta: dict, size: tuple[int, int]) -> Tensor:
    """A view's maps over the picture: flipped back, without padding, by bilinear interpolation.

    Args:
        masks: Tensor[Q, h, w] over the view's padded input.
        meta: Of the view: ``img_shape``, ``batch_input_shape``, and ``flip_direction`` if it has ``flip``.
        size: Rows H and columns W of the result.

    Returns:
        Tensor[Q, H, W].
    """
    direction = meta['flip_direction'] if meta.get('flip') else ''
    is_flipped = direction in ('vertical', 'diagonal'), direction in ('horizontal', 'diagonal')
    axes = []
    for length, shown, padded, back in zip(
        size, meta['img_shape'][:2], meta['batch_input_shape'], is_flipped, strict=True
    ):
        at = (torch.arange(length, device=masks.device) + 0.5) / length
        axes.append(2 * (1 - at if back else at) * shown / padded - 1)
    rows, columns = torch.meshgrid(*axes, indexing='ij')
    grid = torch.stack([columns, rows], -1).to(masks.dtype)
    return F.grid_sample(masks[None], grid[None], padding_mode='border', align_corners=False)[0]


def merge_queries(
    probabilities: list[Tensor], masks: list[Tensor], iou_thr: float
) -> tuple[Tensor, Tensor]:
    """Queries of V views, those of one region averaged.

    The surest query leads; of each other view the query joins it whose mask overlaps its own most, if by
    ``iou_thr`` at least; so on with what is left. A view that has none counts as "no object".

    Args:
        probabilities: Of each view, Tensor[Q, C + 1], "no object" last.
        masks: Of each view, Tensor[Q, h, w], logits over the picture.
        iou_thr: Least intersection over union.

    Returns:
        Log probabilities Tensor[M, C + 1] and mask logits Tensor[M, h, w].
    """
    count = len(masks)
    view = torch.repeat_interleave(torch.arange(count), torch.tensor([len(own) for own in masks]))
    scores, maps = torch.cat(probabilities), torch.cat(masks)
    some_object = 1 - scores[:, -1]
    keep = (some_object > _FAINT) & (maps > 0).flatten(1).any(1)
    view, scores, maps = view[keep.cpu()], scores[keep], maps[keep]
    groups = _groups(some_object[keep], view, _overlaps(maps > 0), count, iou_thr)
    share = torch.zeros(len(groups), len(view))
    for number, members in enumerate(groups):
        share[number, members] = 1 / len(members)
    share = share.to(maps)
    merged = (share @ maps.sigmoid().flatten(1)).unflatten(1, maps.shape[1:])
    found = torch.tensor([len(members) / count for members in groups]).to(maps)[:, None]
    mean = share @ scores * found
    mean[:, -1:] += 1 - found
    return mean.clamp(min=1e-12).log(), merged.clamp(_ROUNDING, 1 - _ROUNDING).logit()


def _overlaps(inside: Tensor) -> Tensor:
    """Intersection over union of each pair of masks, bool Tensor[N, h, w], as Tensor[N, N] on the CPU."""
    flat = inside.flatten(1).float()
    shared, area = flat @ flat.T, flat.sum(1)
    return (shared / (area[:, None] + area - shared).clamp(min=1)).cpu()


def _groups(
    some_object: Tensor, view: Tensor, overlaps: Tensor, count: int, iou_thr: float
) -> list[list[int]]:
    """Indices of the queries that belong together, at most one of each view."""
    of_view = [view == number for number in range(count)]
    free = torch.ones(len(view), dtype=torch.bool)
    groups = []
    for leader in some_object.argsort(descending=True, stable=True).tolist():
        if not free[leader]:
            continue
        members = [leader]
        for number, own in enumerate(of_view):
            overlap = overlaps[leader] * (own & free)
            if number != view[leader] and len(overlap) and overlap.max() >= iou_thr:
                members.append(int(overlap.argmax()))
        free[members] = False
        groups.append(members)
    return groups
