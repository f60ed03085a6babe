import numpy as np
import pytest
import torch
from mmdet.models.dense_heads import Mask2FormerHead
from mmdet.structures.mask import BitmapMasks
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData, PixelData

from seg.models.heads.batched_loss import BatchedLossHead
from seg.registry import MODELS

THINGS, STUFF, QUERIES, SIZE, STAGES = 3, 2, 6, 48, 3
COSTS = [
    dict(type='mmdet.ClassificationCost', weight=2.0),
    dict(type='mmdet.CrossEntropyLossCost', weight=5.0, use_sigmoid=True),
    dict(type='mmdet.DiceCost', weight=5.0, pred_act=True, eps=1.0),
]


def build(costs=COSTS):
    torch.manual_seed(0)
    cfg = dict(
        type='seg.DynamicKernelHead',
        in_channels=16,
        num_things_classes=THINGS,
        num_stuff_classes=STUFF,
        classifier=torch.nn.functional.normalize(torch.randn(THINGS + STUFF, 1, 8), dim=-1),
        num_queries=QUERIES,
        num_stages=STAGES - 1,
        train_cfg=dict(
            num_points=100,
            assigner=dict(type='mmdet.HungarianAssigner', match_costs=costs),
            sampler=dict(type='mmdet.MaskPseudoSampler'),
        ),
    )
    return MODELS.build(ConfigDict(cfg))


def predictions(images=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(STAGES, images, QUERIES, THINGS + STUFF + 1, generator=generator)
    masks = 4 * torch.randn(STAGES, images, QUERIES, SIZE // 4, SIZE // 4, generator=generator)
    return logits.requires_grad_(), masks.requires_grad_()


def truth(things=(3, 0, 9), has_stuff=(True, False, True)):
    """Images with some, none, and more things than there are queries."""
    rng = np.random.default_rng(0)
    instances, semantics = [], []
    for count, stuff in zip(things, has_stuff, strict=True):
        masks = (rng.random((count, SIZE, SIZE)) < 0.2).astype(np.uint8)
        labels = torch.from_numpy(rng.integers(0, THINGS, count))
        instances.append(InstanceData(labels=labels, masks=BitmapMasks(masks, SIZE, SIZE)))
        semantic = torch.full((1, SIZE, SIZE), 255, dtype=torch.int32)
        if stuff:
            semantic[:, :20], semantic[:, 20:30], semantic[:, 30:40] = THINGS, THINGS + 1, 0
        semantics.append(PixelData(sem_seg=semantic))
    return instances, semantics


def losses_and_gradients(kind, head, samples, seed=1):
    logits, masks = predictions(len(samples[0]))
    torch.manual_seed(seed)
    losses = kind.loss_by_feat(
        head, list(logits), list(masks), kind.preprocess_gt(head, *samples), [{}] * len(samples[0])
    )
    sum(losses.values()).backward()
    return losses, logits.grad, masks.grad


@pytest.mark.parametrize(
    'samples',
    [
        truth(),
        truth((2, 1, 3), (True, True, True)),
        truth((0, 0), (False, True)),
        truth((0, 0), (False, False)),
    ],
    ids=['mixed', 'fewer than queries', 'only stuff', 'nothing'],
)
@pytest.mark.parametrize('costs', [COSTS, COSTS[:1]], ids=['all costs', 'class cost'])
def test_the_same_seed_gives_mmdets_losses_and_gradients(samples, costs):
    head = build(costs)
    expected = losses_and_gradients(Mask2FormerHead, head, samples)
    found = losses_and_gradients(BatchedLossHead, head, samples)
    assert list(found[0]) == list(expected[0])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_true_segments_are_mmdets():
    head, samples = build(), truth()
    expected = Mask2FormerHead.preprocess_gt(head, *samples)
    for own, other in zip(head.preprocess_gt(*samples), expected, strict=True):
        order, other_order = own.labels.sort(stable=True), other.labels.sort(stable=True)
        assert own.labels.dtype == other.labels.dtype and own.masks.dtype == torch.bool
        assert torch.equal(order.values, other_order.values)
        assert torch.equal(own.masks[order.indices], other.masks[other_order.indices].bool())


def test_instances_alone_are_matched_too():
    instances, _ = truth()
    found = build().preprocess_gt(instances, [None] * 3)
    assert [len(own.labels) for own in found] == [3, 0, 9]


def test_without_a_batched_form_mmdets_own_path_runs(monkeypatch):
    samples = truth((2, 1), (True, True))
    head = build([*COSTS[:2], dict(type='mmdet.FocalLossCost', weight=2.0, binary_input=True)])
    assert head.matcher is None
    calls = []
    assign = head.assigner.assign
    monkeypatch.setattr(head.assigner, 'assign', lambda **kw: calls.append(1) or assign(**kw))
    losses_and_gradients(BatchedLossHead, head, samples)
    assert len(calls) == STAGES * 2


def test_the_assigner_is_not_called_once_an_image_and_stage(monkeypatch):
    head = build()
    calls = []
    monkeypatch.setattr(head.assigner, 'assign', lambda **_: calls.append(1))
    losses_and_gradients(BatchedLossHead, head, truth())
    assert not calls
