"""Who owns a pixel, from tiles and from all masks at all pixels."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from seg.models.heads import pixel_owners
from seg.models.heads.fusion_head import _axes, _resize
from seg.models.heads.pixel_owners import all_pixels, by_tiles

METAS = [
    dict(batch_input_shape=(64, 96), img_shape=(64, 90), ori_shape=(64, 90)),
    dict(batch_input_shape=(64, 96), img_shape=(50, 96), ori_shape=(333, 640)),
    dict(batch_input_shape=(64, 96), img_shape=(64, 96), ori_shape=(17, 25)),
    dict(batch_input_shape=(64, 96), img_shape=(9, 96), ori_shape=(3, 400)),
]


def blobs(count, size=(16, 24), sharpness=12.0, seed=0):
    """Mask logits as of a trained model: regions that exclude each other, unsure along their borders."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, count, 5, 6, generator=generator)
    field = F.interpolate(coarse, size, mode='bicubic')[0]
    return sharpness * (field - field.topk(min(2, count), dim=0).values.mean(0)), generator


def definition(masks, ranks, meta):
    """Pixel by pixel as mmdet has it: the largest probability times rank."""
    probable = _resize(masks, meta, True).sigmoid()
    owner = (probable * ranks[:, None, None]).argmax(0)
    covers = probable.gather(0, owner[None])[0] >= 0.5
    return owner, covers, (probable >= 0.5).sum((1, 2))


def assert_is_definition(found, masks, ranks, meta):
    owner, covers, area = definition(masks, ranks, meta)
    assert torch.equal(found.place.long(), 2 * owner + covers)
    assert torch.equal(found.area, area)


@pytest.mark.parametrize('meta', METAS)
@pytest.mark.parametrize('count', [1, 2, 7, 30])
@pytest.mark.parametrize('seed', range(3))
def test_tiles_and_pixels_agree_with_the_definition(meta, count, seed):
    masks, generator = blobs(count, seed=seed)
    ranks = 0.3 + 0.7 * torch.rand(count, generator=generator)
    assert_is_definition(
        all_pixels(masks, ranks, partial(_resize, meta=meta, rescale=True)), masks, ranks, meta
    )
    found = by_tiles(masks, ranks, *_axes(masks, meta, True))
    if found is not None:
        assert_is_definition(found, masks, ranks, meta)


def test_large_pictures_of_sure_masks_are_tiled():
    meta = METAS[1]
    masks, _ = blobs(7)
    assert by_tiles(masks, torch.ones(7), *_axes(masks, meta, True)) is not None


def test_noise_is_not_tiled():
    masks = torch.randn(30, 16, 24)
    assert by_tiles(masks, torch.ones(30), *_axes(masks, METAS[0], True)) is None


@pytest.mark.parametrize('value', [-30.0, 0.0, 30.0])
def test_masks_that_are_the_same_everywhere_go_to_the_first(value):
    masks = torch.full((3, 16, 24), value)
    found = by_tiles(masks, torch.tensor([0.5, 0.9, 0.9]), *_axes(masks, METAS[1], True))
    if found is None:
        found = all_pixels(
            masks, torch.tensor([0.5, 0.9, 0.9]), partial(_resize, meta=METAS[1], rescale=True)
        )
    assert found.place.unique().tolist() == [2 + (value >= 0)]
    assert found.area.tolist() == [333 * 640 * (value >= 0)] * 3


def test_every_tile_may_be_open(monkeypatch):
    """Bounds that decide nothing leave the result as it is."""
    masks, _ = blobs(5)
    ranks = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5])
    monkeypatch.setattr(pixel_owners, '_SCORE', 2.0)
    monkeypatch.setattr(pixel_owners, '_LOGIT', 1e9)
    monkeypatch.setattr(pixel_owners, '_OVERHEAD', -1e9)
    found = by_tiles(masks, ranks, *_axes(masks, METAS[1], True))
    assert_is_definition(found, masks, ranks, METAS[1])


@pytest.mark.parametrize(('seed', 'pixels'), enumerate((1 << 20, 2000, 1)))
def test_masks_of_any_kind_in_any_size(seed, pixels, monkeypatch):
    """Flat and steep ones, of whole numbers, with ties, over padding, enlarged and made smaller."""
    monkeypatch.setattr(pixel_owners, '_PIXELS', pixels)  # all tiles at once, some, one by one
    generator = torch.Generator().manual_seed(seed)

    def draw(most, least=1):
        return int(torch.randint(least, most + 1, (), generator=generator))

    tiled = 0
    for case in range(60):
        source = draw(40), draw(40)
        padded = tuple(side * (1, 2, 4, 8)[case % 4] for side in source)
        shown = tuple(draw(side) for side in padded)
        meta = dict(
            batch_input_shape=padded,
            img_shape=shown,
            ori_shape=shown if case % 3 else (draw(200), draw(200)),
        )
        coarse = torch.randn(1, draw(20), draw(6), draw(6), generator=generator)
        masks = F.interpolate(coarse, source, mode='bilinear')[0] * (0.01, 1, 5, 20, 1e4)[case % 5]
        masks = masks - (0, 2, 10)[case % 3]
        masks = masks.round() if case % 7 < 2 else masks
        ranks = torch.rand(len(masks), generator=generator) if case % 2 else torch.ones(len(masks))
        found = by_tiles(masks, ranks, *_axes(masks, meta, True))
        if found is not None:
            tiled += 1
            expected = all_pixels(masks, ranks, partial(_resize, meta=meta, rescale=True))
            assert torch.equal(found.place, expected.place)
            assert torch.equal(found.area, expected.area)
    assert tiled > 10
