import pytest
import torch
from mmdet.models.task_modules.assigners import (
    BBoxL1Cost,
    CrossEntropyLossCost,
    DiceCost,
    FocalLossCost,
    HungarianAssigner,
    MaxIoUAssigner,
)
from mmengine.structures import InstanceData

from seg.models.heads.batched_matching import BatchedMatcher

STAGES, IMAGES, QUERIES, CLASSES, POINTS = 3, 4, 7, 5, 50
MASK2FORMER = [
    dict(type='mmdet.ClassificationCost', weight=2.0),
    dict(type='mmdet.CrossEntropyLossCost', weight=5.0, use_sigmoid=True),
    dict(type='mmdet.DiceCost', weight=5.0, pred_act=True, eps=1.0),
]
OTHERS = [
    dict(type='mmdet.DiceCost', weight=3.0, pred_act=True, naive_dice=False, eps=0.1),
    dict(type='mmdet.ClassificationCost', weight=0.5),
    dict(type='mmdet.ClassificationCost', weight=0.5),
]


def random_inputs(sizes, seed=0, scale=5.0):
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape):
        return torch.rand(shape, generator=generator)

    logits = scale * (rand(STAGES, IMAGES, QUERIES, CLASSES + 1) - 0.5)
    masks = scale * (rand(STAGES, IMAGES, QUERIES, POINTS) - 0.5)
    labels = [torch.randint(CLASSES, (size,), generator=generator) for size in sizes]
    return logits, masks, labels, [rand(size, STAGES, POINTS) for size in sizes]


def assignments(assigner, logits, masks, labels, true_masks):
    """mmdet's, one call an image and stage: triples (image, query, segment of the image)."""
    for stage in range(STAGES):
        found = set()
        for image, (own, true) in enumerate(zip(labels, true_masks, strict=True)):
            indices = assigner.assign(
                InstanceData(scores=logits[stage, image], masks=masks[stage, image]),
                InstanceData(labels=own, masks=true[:, stage]),
            ).gt_inds
            found |= {(image, q, int(indices[q]) - 1) for q in range(QUERIES) if indices[q] > 0}
        yield found


@pytest.mark.parametrize('costs', [MASK2FORMER, OTHERS, MASK2FORMER[1:2]])
@pytest.mark.parametrize('sizes', [(3, 5, 2, 4), (2, 0, 7, 0), (9, 1, 0, 30), (0, 0, 0, 0)])
def test_every_pair_is_mmdets(costs, sizes):
    assigner = HungarianAssigner(costs)
    inputs = random_inputs(sizes)
    images, queries, truths = BatchedMatcher.like(assigner)(*inputs)
    firsts = torch.tensor([0, *sizes]).cumsum(0)
    for stage, expected in enumerate(assignments(assigner, *inputs)):
        within = truths[stage] - firsts[images]
        found = zip(images.tolist(), queries[stage].tolist(), within.tolist(), strict=True)
        assert set(found) == expected
        assert truths[stage].tolist() == sorted(truths[stage].tolist())


@pytest.mark.parametrize('scale', [5.0, 400.0])
def test_costs_are_the_sum_of_mmdets(scale):
    assigner = HungarianAssigner(MASK2FORMER)
    inputs = logits, masks, labels, true_masks = random_inputs((3, 5, 2, 4), scale=scale)
    costs = BatchedMatcher.like(assigner).costs(*inputs)
    assert costs.shape == (STAGES, IMAGES, QUERIES, 5)
    for image, size in enumerate((3, 5, 2, 4)):
        prediction = InstanceData(scores=logits[1, image], masks=masks[1, image])
        truth = InstanceData(labels=labels[image], masks=true_masks[image][:, 1])
        expected = sum(cost(prediction, truth) for cost in assigner.match_costs)
        torch.testing.assert_close(costs[1, image, :, :size], expected, rtol=1e-4, atol=1e-4)


def test_costs_are_float32_under_autocast():
    matcher = BatchedMatcher.like(HungarianAssigner(MASK2FORMER))
    inputs = random_inputs((3, 5, 2, 4))
    with torch.autocast('cpu', torch.bfloat16):
        found = matcher(*inputs)
    assert all(torch.equal(a, b) for a, b in zip(found, matcher(*inputs), strict=True))


class OwnCost(DiceCost):
    """A cost that someone made from mmdet's."""


@pytest.mark.parametrize(
    'cost',
    [FocalLossCost(binary_input=True), BBoxL1Cost(), CrossEntropyLossCost(False), OwnCost()],
    ids=lambda cost: type(cost).__name__,
)
def test_an_unknown_cost_has_no_batched_form(cost):
    assigner = HungarianAssigner(MASK2FORMER)
    assigner.match_costs.append(cost)
    assert BatchedMatcher.like(assigner) is None


def test_an_unknown_assigner_has_no_batched_form():
    assert BatchedMatcher.like(MaxIoUAssigner(0.5, 0.5)) is None

    class OwnAssigner(HungarianAssigner):
        pass

    assert BatchedMatcher.like(OwnAssigner(MASK2FORMER)) is None
