"""Which mask owns each pixel of a picture, without bringing all masks to its size.

The owner of a pixel is the mask whose probability times rank is largest there. Within most of a picture
one mask wins by far, so the picture is cut into tiles, and bounds of each mask over a tile are read from
the small maps: pixels are looked at only where more than one mask can win, or where one begins, and of
those masks alone. The result is that of all masks at all pixels, up to rounding, for float32 without
autocast and gradients, which the caller sees to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from seg.models.layers.resizing import Axis

#: Pixels of the small maps along the side of a tile, and least pixels of the picture.
_TILE, _LEAST_PIXELS = 2, 12
#: Pixels of a mask that cost as much as the rest of the work on it in a tile.
_OVERHEAD = 100
#: Masks that are brought to the size of the picture at once on a CPU, to use their memory again.
_GROUP = 8
#: Pixels of tiles that are looked at at once, to use their memory again.
_PIXELS = 1 << 20
#: How much a logit may be off by rounding, and a probability times rank.
_LOGIT, _SCORE = 1e-3, 1e-5


class Owners(NamedTuple):
    """Who owns what.

    Attributes:
        place: int32 Tensor[H, W], twice the mask that owns a pixel, one more where it covers it.
        area: Tensor[M], pixels that each mask covers, whoever owns them.
    """

    place: Tensor
    area: Tensor


def all_pixels(masks: Tensor, ranks: Tensor, resize: Callable[[Tensor], Tensor]) -> Owners:
    """The owners by the definition: all masks at all pixels.

    Args:
        masks: Tensor[M, h, w], logits.
        ranks: Tensor[M], the larger the better.
        resize: Brings some masks to the size of the picture, Tensor[m, h, w] to Tensor[m, H, W].
    """
    size = _GROUP if masks.device.type == 'cpu' else len(masks)
    best = masks.new_full((), -torch.inf)
    place = torch.zeros((), dtype=torch.int32, device=masks.device)
    area = []
    for start in range(0, len(masks), size):
        probable = resize(masks[start : start + size]).sigmoid_()
        inside = probable >= 0.5
        area += [own.count_nonzero() for own in inside]  # 20 times as fast as sum(1)
        # On a CPU argmax takes four times as long as max, and new memory longer than the product.
        score, owner = probable.mul_(ranks[start : start + size, None, None]).max(0)
        own = (2 * (owner + start) + inside.gather(0, owner[None])[0]).int()
        place = torch.where(score > best, own, place)
        best = torch.maximum(score, best)
    return Owners(place, torch.stack(area))


def by_tiles(masks: Tensor, ranks: Tensor, rows: Axis, columns: Axis) -> Owners | None:
    """The owners, from the tiles, on a CPU; None where so many masks can win that tiles save nothing.

    None as well for masks that are not finite, which have no bounds.

    Args:
        masks: Tensor[M, h, w], logits.
        ranks: Tensor[M], the larger the better.
        rows: From h of the masks to H of the picture.
        columns: From w to W.
    """
    down, across = _Tiles.of(rows), _Tiles.of(columns)
    least, most = (bound.flatten(1) for bound in _bounds(masks, down, across))  # [M, T]
    if not (most - least).sum().isfinite():
        return None
    surest, winner = (least.sigmoid() * ranks[:, None]).max(0)
    most_score = most.sigmoid() * ranks[:, None]
    can_win = most_score >= surest - _SCORE
    begins = (least < _LOGIT) & (most >= -_LOGIT)
    is_open = (can_win.sum(0) > 1) | (begins & can_win).any(0)
    most_pixels = 0.5 * len(masks) * rows.target * columns.target
    pixels_each = down.step * across.step + _OVERHEAD
    if begins.sum() * pixels_each > most_pixels:
        return None

    # What a mask covers of a tile is either counted here, or all of it, or nothing.
    contest = _Contest(masks, ranks, down, across)
    contest.start(winner, covers=least.gather(0, winner[None])[0] >= 0, is_open=is_open)
    # Where one mask ends another begins: with those two known, few of the others can still win.
    contest.enter(begins, competes=can_win & is_open, count_area=True)
    contest.area += ((least >= _LOGIT) * contest.pixels).sum(1)
    rest = can_win & is_open & ~begins & (most_score >= contest.floor() - _SCORE)
    if rest.sum() * pixels_each > most_pixels:
        return None
    contest.enter(rest, competes=rest, count_area=False)
    return Owners(contest.whole(rows.target, columns.target), contest.area)


class _Contest:
    """The pixels of all tiles T = T_0 * T_1, of S * R pixels each, and who is best so far.

    Attributes:
        best: Tensor[T, S, R], probability times rank; of tiles that are decided, infinite.
        place: int32 Tensor[T, S, R], see :class:`Owners`.
        area: See :class:`Owners`; of what has been counted.
        pixels: int Tensor[T], pixels of each tile that are picture.
    """

    def __init__(self, masks: Tensor, ranks: Tensor, down: _Tiles, across: _Tiles) -> None:
        self.masks, self.ranks, self.down, self.across = masks, ranks, down, across
        self.pixels = (down.pixels[:, None] * across.pixels).flatten()
        self.area = torch.zeros(len(masks), dtype=torch.long)

    def start(self, winner: Tensor, covers: Tensor, is_open: Tensor) -> None:
        """Give each tile to a mask, int Tensor[T], which may cover it; the open ones have no owner yet."""
        size = self.down.step, self.across.step
        place = (2 * winner + covers).int()
        self.place = place[:, None, None].repeat(1, *size)
        self.best = torch.where(is_open, -1.0, torch.inf)[:, None, None].repeat(1, *size)

    def enter(self, masks: Tensor, competes: Tensor, *, count_area: bool) -> None:
        """Look at the pixels of masks in tiles, bool Tensor[M, T]: what they win, and what they cover.

        Args:
            masks: Which to look at.
            competes: Which of them can win.
            count_area: Add what they cover to their areas.
        """
        count = masks.sum(0)
        tiles = count.argsort(descending=True)[: count.count_nonzero()]
        group = max(1, _PIXELS // (self.down.step * self.across.step))
        for own in tiles.split(group) if len(tiles) else ():
            self._enter_tiles(own, masks[:, own], competes[:, own], count_area=count_area)

    def _enter_tiles(
        self, tiles: Tensor, masks: Tensor, competes: Tensor, *, count_area: bool
    ) -> None:
        """The same for some tiles, int Tensor[P], those with most masks first, and Tensor[M, P] twice."""
        # One after the other: the first masks of all tiles, the second ones of those that have two, which
        # are the first tiles, and so on.
        count = masks.sum(0)
        sizes = (count > torch.arange(int(count[0]))[:, None]).sum(1).tolist()
        by_tile = masks.T.int().argsort(dim=1, descending=True, stable=True)
        mask = torch.cat([by_tile[:size, number] for number, size in enumerate(sizes)])
        place = torch.cat([torch.arange(size) for size in sizes])
        probable = _logits(self.masks, mask, tiles[place], self.down, self.across).sigmoid_()
        inside = probable >= 0.5
        if count_area:
            rows, columns = self._axes(tiles)
            is_pixel = self.down.is_pixel[rows][:, :, None] & self.across.is_pixel[columns][:, None]
            self.area.index_add_(0, mask, (inside & is_pixel[place]).sum((1, 2)))
        score = probable.mul_(self.ranks[mask, None, None])
        score.masked_fill_(~competes[mask, place][:, None, None], -torch.inf)
        named = 2 * mask.int()[:, None, None] + inside
        best, owner = self.best[tiles], self.place[tiles]
        for own, own_named in zip(score.split(sizes), named.split(sizes), strict=True):
            old, old_named = best[: len(own)], owner[: len(own)]
            is_first = (own == old) & (own_named < old_named)
            is_better = (own > old) | is_first
            torch.maximum(own, old, out=old)
            torch.where(is_better, own_named, old_named, out=old_named)
        self.best[tiles], self.place[tiles] = best, owner

    def floor(self) -> Tensor:
        """What a mask has to reach somewhere in a tile to win there, Tensor[T]."""
        return self.best.amin((1, 2))

    def whole(self, height: int, width: int) -> Tensor:
        """The places of a picture, int32 Tensor[H, W]."""
        by_row = self.place.unflatten(0, (len(self.down.pixels), -1)).transpose(1, 2)
        return by_row.flatten(2).flatten(0, 1)[:height, :width]

    def _axes(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        count = len(self.across.pixels)
        return tiles // count, tiles % count


class _Tiles(NamedTuple):
    """An axis of the picture in T tiles.

    Attributes:
        step: Pixels S of a tile; the last one may have fewer, and then goes on past the picture.
        pixels: int Tensor[T], pixels of each that are picture.
        is_pixel: bool Tensor[T, S], which they are.
        sources: int Tensor[T, K], pixels of the small map that a tile depends on, and some beside them.
        weights: Tensor[T, S, K], what each pixel takes of them; zero past the picture.
    """

    step: int
    pixels: Tensor
    is_pixel: Tensor
    sources: Tensor
    weights: Tensor

    @classmethod
    @lru_cache(maxsize=64)  # pictures of a video, or of one camera, are of one size
    def of(cls, axis: Axis) -> _Tiles:
        weights = axis.weights()
        target, source = weights.shape
        step = min(target, max(_LEAST_PIXELS, round(_TILE * target / source)))
        tiles = -(-target // step)
        padded = torch.cat([weights, weights.new_zeros(tiles * step - target, source)])
        by_tile = padded.unflatten(0, (tiles, step))
        used = by_tile.any(1)
        first = used.int().argmax(1)
        last = source - 1 - used.flip(1).int().argmax(1)
        width = int((last - first).max()) + 1
        first = first.clamp(max=source - width)
        sources = first[:, None] + torch.arange(width)
        is_pixel = torch.arange(tiles * step).view(tiles, step) < target
        own = by_tile.gather(2, sources[:, None].expand(-1, step, -1))
        return cls(step, is_pixel.sum(1), is_pixel, sources, own)


def _bounds(masks: Tensor, down: _Tiles, across: _Tiles) -> tuple[Tensor, Tensor]:
    """Least and largest value of masks Tensor[M, h, w] that a tile depends on, Tensor[M, T, U] twice."""
    least = most = masks
    for tiles in (down, across):  # the second time over columns, which the first has made rows
        least = _over(torch.minimum, least, tiles.sources).transpose(1, 2).contiguous()
        most = _over(torch.maximum, most, tiles.sources).transpose(1, 2).contiguous()
    return least, most


def _over(bound: Callable[..., Tensor], masks: Tensor, sources: Tensor) -> Tensor:
    """The bound over the rows of each tile, Tensor[M, h, w] to Tensor[M, T, w]."""
    first, *others = sources.unbind(1)
    found = masks.index_select(1, first)
    for own in others:
        bound(found, masks.index_select(1, own), out=found)
    return found


def _logits(masks: Tensor, mask: Tensor, tiles: Tensor, down: _Tiles, across: _Tiles) -> Tensor:
    """Logits of P masks at the pixels of a tile each, Tensor[P, S, R]."""
    row, column = tiles // len(across.pixels), tiles % len(across.pixels)
    sources = masks[
        mask[:, None, None], down.sources[row][:, :, None], across.sources[column][:, None]
    ]
    return down.weights[row] @ sources @ across.weights[column].transpose(1, 2)
