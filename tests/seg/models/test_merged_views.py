"""Views of one picture, laid over each other and merged."""

import pytest
import torch

from seg.models.heads.semantic_inference import semantic_labels
from seg.models.layers.resizing import Axis
from seg.models.merged_views import common_size, laid_over, merge_queries

WHOLE = dict(img_shape=(8, 12), batch_input_shape=(8, 12))


@pytest.fixture
def masks():
    return torch.randn(3, 8, 12, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ('direction', 'dims'), [('horizontal', [2]), ('vertical', [1]), ('diagonal', [1, 2])]
)
def test_a_mirrored_view_is_turned_back_and_its_padding_cut(masks, direction, dims):
    padded = torch.nn.functional.pad(masks.flip(dims), (0, 4, 0, 8), value=9.0)
    meta = WHOLE | dict(batch_input_shape=(16, 16), flip=True, flip_direction=direction)
    # Bilinear resizing blends the last row and column with the padding, so these are left out.
    found = laid_over(padded, meta, (8, 12))
    assert common_size([padded], [meta]) == (8, 12)
    torch.testing.assert_close(found, masks)


def test_a_smaller_view_is_brought_to_the_size_of_the_largest():
    ramp = torch.arange(12.0).expand(1, 8, 12)
    small = ramp.unflatten(2, (6, 2)).mean(-1)[:, ::2]
    assert common_size([small, ramp], [WHOLE, WHOLE]) == (8, 12)
    torch.testing.assert_close(laid_over(small, WHOLE, (8, 12))[..., 1:-1], ramp[..., 1:-1])


def box(left, right):
    mask = torch.full((8, 12), -8.0)
    mask[:, left:right] = 8.0
    return mask


def test_queries_of_one_region_are_averaged_whatever_their_order():
    first = torch.tensor([[0.9, 0.0, 0.1], [0.1, 0.8, 0.1]])
    second = torch.tensor([[0.0, 0.6, 0.4], [0.7, 0.1, 0.2]])  # the other way round
    log, masks = merge_queries(
        [first, second],
        [torch.stack([box(0, 6), box(6, 12)]), torch.stack([box(6, 12), box(0, 5)])],
        0.5,
    )
    torch.testing.assert_close(
        log.exp(), torch.tensor([[0.8, 0.05, 0.15], [0.05, 0.7, 0.25]]), atol=1e-6, rtol=0
    )
    assert ((masks[0] > 0) == (box(0, 5) > 0)).all() or masks[0, 0, 5].abs() < 1e-3


def test_a_view_without_the_query_says_no_object():
    log, _ = merge_queries(
        [torch.tensor([[0.9, 0.1]]), torch.tensor([[0.8, 0.2]])],
        [box(0, 3)[None], box(8, 12)[None]],
        0.5,
    )
    torch.testing.assert_close(log.exp(), torch.tensor([[0.45, 0.55], [0.4, 0.6]]))


def test_two_queries_of_one_view_stay_two():
    same = torch.stack([box(0, 6), box(0, 6)])
    log, masks = merge_queries([torch.tensor([[0.9, 0.1], [0.6, 0.4]])], [same], 0.5)
    assert len(masks) == 2
    torch.testing.assert_close(log.exp()[:, 0], torch.tensor([0.9, 0.6]))


def test_nothing_found_is_nothing_merged():
    log, masks = merge_queries([torch.tensor([[0.0, 1.0]])] * 2, [box(0, 6)[None]] * 2, 0.5)
    assert log.shape == (0, 2) and masks.shape == (0, 8, 12)


def test_semantic_inference_over_the_queries_of_all_views_is_that_of_their_mean(masks):
    views = [masks, masks.flip(0) * 2]
    scores = [torch.rand(3, 4, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    mean = (
        sum(
            torch.einsum('qc,qhw->chw', own, maps.sigmoid())
            for own, maps in zip(scores, views, strict=True)
        )
        / 2
    )
    rows, columns = Axis(8, 8, 8, 8).weights(), Axis(12, 12, 12, 12).weights()
    found = semantic_labels(torch.cat(scores), torch.cat(views), rows, columns)
    assert (found == mean.argmax(0)).all()
