import pytest
import torch

from seg.models.heads.mask_choice import largest_components, maskness, without_duplicates


def blobs(seed, count=9):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, count, 3, 3, generator=generator)
    masks = 5 * torch.nn.functional.interpolate(coarse, (12, 10), mode='bilinear')[0]
    return torch.cat([masks, masks[:3] + 0.3 * torch.randn(3, 12, 10, generator=generator)])


@pytest.mark.parametrize('seed', range(3))
def test_maskness_is_the_mean_probability_of_the_pixels_inside(seed):
    masks = blobs(seed)
    masks[0] = -1  # covers nothing
    expected = [
        own[own > 0].sigmoid().mean() if (own > 0).any() else torch.tensor(0.0) for own in masks
    ]
    torch.testing.assert_close(maskness(masks), torch.stack(expected))


def slowly(masks, ranks, iou_thr):
    kept = []
    for index in sorted(range(len(masks)), key=lambda index: -ranks[index]):
        own = masks[index] > 0
        others = [masks[other] > 0 for other in kept]
        if all((own & other).sum() <= iou_thr * (own | other).sum() for other in others):
            kept.append(index)
    return sorted(kept)


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('iou_thr', [0.0, 0.3, 0.5, 0.9])
def test_duplicates_go_as_in_a_slow_loop(seed, iou_thr):
    masks = blobs(seed)
    ranks = torch.rand(len(masks), generator=torch.Generator().manual_seed(seed))
    stays = without_duplicates(masks, ranks, iou_thr).tolist()
    assert stays == slowly(masks, ranks, iou_thr)
    assert iou_thr == 0.9 or len(stays) < len(masks)


def test_of_no_masks_none_stay():
    assert without_duplicates(torch.zeros(0, 4, 4), torch.zeros(0), 0.5).tolist() == []


def parts_of(inside):
    """Its parts as sets of pixels, the largest first: by growing each, pixel by pixel."""
    left, parts = {tuple(pixel) for pixel in inside.nonzero().tolist()}, []
    while left:
        edge = [left.pop()]
        part = set(edge)
        while edge:
            y, x = edge.pop()
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            part |= near
            edge += near
        parts.append(part)
    return sorted(parts, key=len, reverse=True)


@pytest.mark.parametrize('seed', range(6))
def test_of_a_mask_its_largest_part_stays(seed):
    masks = torch.randn(8, 9, 7, generator=torch.Generator().manual_seed(seed)) - 0.7
    masks[0] = -1  # covers nothing
    found = largest_components(masks)
    assert torch.equal(found.abs(), masks.abs())
    for own, kept in zip(masks > 0, found > 0, strict=True):
        parts = parts_of(own)
        left = {tuple(pixel) for pixel in kept.nonzero().tolist()}
        assert left in [part for part in parts if len(part) == len(parts[0])] or not parts
    assert (found > 0).sum() < (masks > 0).sum()


def test_of_no_masks_there_are_no_parts():
    assert largest_components(torch.zeros(0, 4, 4)).shape == (0, 4, 4)
