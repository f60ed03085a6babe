"""Semantic inference: the class of each pixel by the sum over queries of class times mask probability.

It is MaskFormer's (arXiv 2107.06278, section 3.4), and exact. The full sum is of queries x classes x
pixels, which no memory holds; but within most of a picture one class wins by far. So the picture is
cut into tiles, the least and the largest score that a class can have in a tile are found on the small
maps, and pixels are looked at only where more than one class can win, for those classes alone.
"""

from typing import NamedTuple

import torch
from torch import Tensor

#: Pixels of the small maps along the side of a tile.
TILE = 3
#: Share of classes that can win, over all tiles, from which on tiles cost more than they save.
_UNSURE = 0.3
#: Rows of the picture that are summed at once where that is so.
_BAND = 16
#: How much a score may be off by rounding.
_ROUNDING = 1e-5


class _Cut(NamedTuple):
    """An axis in tiles: pixels of the picture, and pixels of the small map that these depend on."""

    pixels: list[slice]
    sources: list[slice]
    tile_of_pixel: Tensor

    @classmethod
    def of(cls, weights: Tensor) -> '_Cut':
        target, source = weights.shape
        step = max(1, round(TILE * target / source))
        pixels = [slice(at, min(at + step, target)) for at in range(0, target, step)]
        sources = []
        for own in pixels:
            used = weights[own].any(0).nonzero()[:, 0]
            sources.append(slice(int(used[0]), int(used[-1]) + 1))
        return cls(pixels, sources, torch.arange(target) // step)


def semantic_labels(probabilities: Tensor, masks: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The class of each pixel.

    Args:
        probabilities: Tensor[Q, C], of the classes, "no object" left out.
        masks: Tensor[Q, h, w], mask logits.
        rows: Tensor[H, h], see :class:`~seg.models.layers.resizing.Axis`.
        columns: Tensor[W, w].

    Returns:
        int32 Tensor[H, W].
    """
    device = masks.device
    with torch.autocast(device.type, enabled=False):  # the bounds are not those of half precision
        by_class, masks = probabilities.float().T.contiguous(), masks.float()
        down, across = _Cut.of(rows), _Cut.of(columns)
        rows, columns = rows.to(device), columns.to(device)
        least, most = _bounds(masks.sigmoid(), down, across)
        winner = (by_class @ least).max(0)
        can_win = by_class @ most >= winner.values - _ROUNDING
        if can_win.float().mean() > _UNSURE:
            return _by_bands(by_class, masks, rows, columns)
        labels = winner.indices.int().unflatten(0, (len(down.pixels), len(across.pixels)))
        labels = labels[down.tile_of_pixel.to(device)[:, None], across.tile_of_pixel.to(device)]
        for tile in (can_win.sum(0) > 1).nonzero()[:, 0].tolist():
            row, column = divmod(tile, len(across.pixels))
            y, x = down.pixels[row], across.pixels[column]
            sources = masks[:, down.sources[row], across.sources[column]]
            own = rows[y, down.sources[row]] @ sources @ columns[x, across.sources[column]].T
            probable = own.sigmoid_().flatten(1)
            classes = can_win[:, tile].nonzero()[:, 0]
            best = (by_class[classes] @ probable).max(0).indices  # argmax takes four times as long
            labels[y, x] = classes[best].int().view(own.shape[1:])
    return labels


def _by_bands(by_class: Tensor, masks: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """All classes at all pixels, a few rows at a time: for scores so level that tiles save nothing."""
    wide = masks @ columns.T
    bands = [
        (by_class @ (own @ wide).sigmoid_().flatten(1)).max(0).indices.int().view(len(own), -1)
        for own in rows.split(_BAND)
    ]
    return torch.cat(bands)


def _bounds(masks: Tensor, down: _Cut, across: _Cut) -> tuple[Tensor, Tensor]:
    """Least and largest value of maps Tensor[Q, h, w] in each tile's sources, Tensor[Q, T] twice."""
    bounds = []
    for bound in (torch.amin, torch.amax):
        strips = torch.stack([bound(masks[:, own], 1) for own in down.sources], 1)
        bounds.append(torch.stack([bound(strips[..., own], 2) for own in across.sources], 2))
    least, most = bounds
    return least.flatten(1), most.flatten(1)
