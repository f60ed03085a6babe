import pytest
import torch

from seg.models.heads.mask_choice import maskness, without_duplicates


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
