import pytest
import torch
import torch.nn.functional as F

from seg.models.heads import semantic_inference
from seg.models.heads.semantic_inference import semantic_labels
from seg.models.layers.resizing import Axis

CASES = [  # small map, input, image, picture
    ((20, 30), (80, 120), (70, 113), (201, 333)),
    ((20, 30), (80, 120), (80, 120), (37, 50)),
    ((5, 7), (20, 28), (17, 21), (17, 21)),
    ((1, 9), (4, 36), (3, 36), (30, 360)),
]


def resized(masks, padded, shown, target):
    masks = F.interpolate(masks[None], padded, mode='bilinear')[..., : shown[0], : shown[1]]
    return F.interpolate(masks, target, mode='bilinear')[0] if target != shown else masks[0]


@pytest.mark.parametrize('case', CASES)
def test_weights_along_the_axes_are_the_resizing(case):
    masks = torch.randn(3, *case[0])
    rows, columns = (Axis(*sizes).weights() for sizes in zip(*case, strict=True))
    torch.testing.assert_close(rows @ masks @ columns.T, resized(masks, *case[1:]))


@pytest.mark.parametrize('case', CASES)
@pytest.mark.parametrize('sharpness', [0.3, 3.0, 20.0])  # all tiles are open, some, few
@pytest.mark.parametrize('tile', [1, 3, 100])
def test_tiles_give_the_class_of_the_largest_sum(case, sharpness, tile, monkeypatch):
    monkeypatch.setattr(semantic_inference, 'TILE', tile)
    generator = torch.Generator().manual_seed(0)
    masks = torch.randn(1, 25, 3, 4, generator=generator)
    masks = sharpness * F.interpolate(masks, case[0], mode='bilinear')[0]
    probabilities = (3 * torch.randn(25, 41, generator=generator)).softmax(-1)[:, :-1]
    rows, columns = (Axis(*sizes).weights() for sizes in zip(*case, strict=True))
    found = semantic_labels(probabilities, masks, rows, columns)
    whole = resized(masks, *case[1:]).double().sigmoid()
    sums = torch.einsum('qc,qhw->chw', probabilities.double(), whole)
    assert found.shape == case[3] and found.dtype == torch.int32
    lost = sums.max(0).values - sums.gather(0, found[None].long())[0]
    assert lost.max() < 1e-5
    assert (found.long() == sums.argmax(0)).float().mean() > 0.9999


def queries(sharpness):
    generator = torch.Generator().manual_seed(1)
    masks = torch.randn(1, 25, 3, 4, generator=generator)
    masks = sharpness * F.interpolate(masks, (20, 30), mode='bilinear')[0]
    probabilities = (sharpness * torch.randn(25, 41, generator=generator)).softmax(-1)[:, :-1]
    weights = (Axis(*sizes).weights() for sizes in ((20, 80, 70, 201), (30, 120, 113, 333)))
    return probabilities, masks, *weights


@pytest.mark.parametrize('sharpness', [0.3, 6.0])  # all at once, in tiles
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision_around_it_changes_nothing(sharpness, dtype):
    expected = semantic_labels(*queries(sharpness))
    with torch.autocast('cpu', dtype):
        assert torch.equal(semantic_labels(*queries(sharpness)), expected)
    probabilities, masks, *weights = queries(sharpness)
    halves = probabilities.to(dtype), masks.to(dtype)
    found = semantic_labels(*halves, *weights)
    assert torch.equal(found, semantic_labels(*(own.float() for own in halves), *weights))


def test_where_no_class_stands_out_all_are_summed(monkeypatch):
    monkeypatch.setattr(semantic_inference, '_BAND', 7)
    called = []
    bands = semantic_inference._by_bands
    monkeypatch.setattr(
        semantic_inference, '_by_bands', lambda *args: called.append(1) or bands(*args)
    )
    level, sharp = (semantic_labels(*queries(sharpness)) for sharpness in (0.3, 6.0))
    assert len(called) == 1 and level.shape == sharp.shape == (201, 333)
    monkeypatch.setattr(semantic_inference, '_UNSURE', 2.0)
    assert (semantic_labels(*queries(0.3)) == level).float().mean() > 0.9999
