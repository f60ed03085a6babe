"""The head's masks and classes by their definition, query by query and pixel by pixel."""

import pytest
import torch
import torch.nn.functional as F

from seg.models.heads import DynamicKernelHead
from seg.models.layers.kernel_stage import hard_mask_pool


@pytest.fixture
def head() -> DynamicKernelHead:
    torch.manual_seed(0)
    classifier = F.normalize(torch.randn(5, 2, 12), dim=-1)
    return DynamicKernelHead(
        in_channels=16,
        num_things_classes=3,
        num_stuff_classes=2,
        classifier=classifier,
        num_queries=6,
        num_stages=2,
        num_heads=4,
    )


@pytest.fixture
def features() -> torch.Tensor:
    return torch.randn(2, 16, 9, 7, generator=torch.Generator().manual_seed(1))


def means(values):
    """Of Tensor[C, H, W] over cells of 2 x 2 pixels, which end at the map's edge."""
    rows, columns = (range(0, side, 2) for side in values.shape[1:])
    cells = [[values[:, y : y + 2, x : x + 2].mean((1, 2)) for x in columns] for y in rows]
    return torch.stack([torch.stack(row, dim=1) for row in cells], dim=1)


def products(embedded, maps):
    return torch.stack(
        [
            torch.stack([(query[:, None, None] * own).sum(0) for query in queries])
            for queries, own in zip(embedded, maps, strict=True)
        ]
    )


def by_definition(head, features):
    """Masks are products of mask embeddings and of the fused map after its 1 x 1 convolution.

    Those of the last stage are of the map itself, the others, and what masks pool, of means over 2 x 2 pixels.
    """
    coarse = torch.stack([means(own) for own in features])
    maps, coarse_maps = head.mask_features(features), head.mask_features(coarse)
    kernels = head.kernels.weight.expand(len(features), -1, -1)
    every_logits, every_masks = [], []
    for number in range(len(head.stages) + 1):
        if number:
            kernels = head.stages[number - 1](kernels, pooled, head.positions.weight)  # noqa: F821
        embedded = head.mask_embed(kernels)
        masks = products(embedded, coarse_maps)
        pooled = hard_mask_pool(coarse, masks)
        if number == len(head.stages):
            masks = products(embedded, maps)
        every_logits.append(head.cls_embed(head.class_embed(kernels) + head.pooled_embed(pooled)))
        every_masks.append(masks)
    return every_logits, every_masks


def test_every_stage_is_its_definition(head, features):
    expected_logits, expected_masks = by_definition(head, features)
    logits, masks = head(features)
    assert len(logits) == len(masks) == 3
    for ours, expected in zip(logits + masks, expected_logits + expected_masks, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


def test_gradients_are_those_of_the_definition(head, features):
    def gradients(run):
        head.zero_grad()
        logits, masks = run()
        sum(out.square().mean() for out in (*logits, *masks)).backward()
        return [parameter.grad.clone() for parameter in head.parameters()]

    ours = gradients(lambda: head(features))
    expected = gradients(lambda: by_definition(head, features))
    for own, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-3, atol=1e-5)


def test_a_prediction_is_the_last_stage(head, features):
    logits, masks = head(features)
    predicted_logits, predicted_masks = head.predict(features, [])
    assert torch.equal(predicted_logits, logits[-1])
    assert torch.equal(predicted_masks, masks[-1])


def test_a_prediction_classifies_no_earlier_stage(head, features, monkeypatch):
    calls = []
    embed = head.cls_embed.embed
    monkeypatch.setattr(head.cls_embed, 'embed', lambda *x: (calls.append(1), embed(*x))[1])
    head.predict(features, [])
    assert len(calls) == 1
