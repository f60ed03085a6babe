import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData

from seg.panoptic.void import VOID_CLASS
from seg.registry import MODELS

THINGS, STUFF, D = 4, 2, 32
COSTS = [
    dict(type='mmdet.ClassificationCost', weight=2.0),
    dict(type='mmdet.CrossEntropyLossCost', weight=5.0, use_sigmoid=True),
    dict(type='mmdet.DiceCost', weight=5.0, pred_act=True, eps=1.0),
]


def a_classifier(classes=THINGS + STUFF, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(classes, 3, D, generator=generator), dim=-1)


def build(**changes):
    torch.manual_seed(0)
    init_default_scope('seg')
    cfg = dict(
        type='OpenVocabMaskFormer',
        backbone=dict(type='mmdet.RegNet', arch='regnetx_400mf', out_indices=(0, 1, 2, 3)),
        neck=dict(type='FusedFPN', in_channels=[32, 64, 160, 384], out_channels=32),
        panoptic_head=dict(
            type='DynamicKernelHead',
            in_channels=32,
            num_things_classes=THINGS,
            num_stuff_classes=STUFF,
            classifier=a_classifier(),
            num_queries=10,
            num_stages=2,
            semantic_points=256,
        ),
        panoptic_fusion_head=dict(type='SparseFusionHead'),
        train_cfg=dict(
            num_points=512,
            assigner=dict(type='mmdet.HungarianAssigner', match_costs=COSTS),
            sampler=dict(type='mmdet.MaskPseudoSampler'),
        ),
        test_cfg=dict(object_mask_thr=0.2, iou_thr=0.5),
    )
    return MODELS.build(ConfigDict({**cfg, **changes}))


def a_batch(size=64, count=2):
    """Images whose colour tells the class: two rectangles over two regions."""
    images, samples = [], []
    for i in range(count):
        semantic = torch.full((1, size, size), THINGS)
        semantic[..., size // 2 :] = THINGS + 1
        masks = np.zeros((2, size, size), np.uint8)
        masks[0, 6:26, 6 + 4 * i : 30] = 1
        masks[1, 36:60, 20:50] = 1
        labels = torch.tensor([i, 3])
        for mask, label in zip(masks, labels, strict=True):
            semantic[0][torch.from_numpy(mask).bool()] = label
        images.append(torch.stack([torch.sin((k + 1.0) * semantic[0]) for k in range(3)]))
        meta = dict(img_shape=(size, size), ori_shape=(size, size), batch_input_shape=(size, size))
        sample = DetDataSample(metainfo=meta)
        sample.gt_instances = InstanceData(labels=labels, masks=BitmapMasks(masks, size, size))
        sample.gt_sem_seg = PixelData(sem_seg=semantic)
        samples.append(sample)
    return torch.stack(images), samples


def test_every_parameter_gets_a_gradient_every_step():
    model = build()
    images, samples = a_batch()
    sum(model.loss(images, samples).values()).backward()
    without = [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


@pytest.mark.parametrize('sizes', [[(64, 64), (64, 64)], [(64, 40), (50, 64)]])
def test_a_batch_without_objects_still_reaches_every_parameter(sizes):
    model = build()
    images, samples = a_batch()
    for sample, size in zip(samples, sizes, strict=True):
        sample.set_metainfo(dict(img_shape=size))
        sample.gt_instances = InstanceData(
            labels=torch.zeros(0, dtype=torch.long),
            masks=BitmapMasks(np.zeros((0, 64, 64)), 64, 64),
        )
        sample.gt_sem_seg.sem_seg[:] = VOID_CLASS
    losses = model.loss(images, samples)
    assert all(loss.isfinite() for loss in losses.values())
    sum(losses.values()).backward()
    assert [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None] == []


@pytest.mark.slow
def test_the_model_can_overfit_a_fixed_batch():
    model = build().train()
    images, samples = a_batch()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    first = None
    for _ in range(80):
        loss = sum(model.loss(images, samples).values())
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1 * first
    model.eval()
    with torch.no_grad():
        found = model.predict(images, samples)
    for sample in found:
        predicted = sample.pred_panoptic_seg.sem_seg % 1000
        assert (predicted == sample.gt_sem_seg.sem_seg).float().mean() > 0.9


def predictions(model):
    images, samples = a_batch()
    model.eval()
    with torch.no_grad():
        logits, masks = model.panoptic_head.predict(model.extract_feat(images), samples)
    return logits, masks


def test_permuting_classes_with_the_classifier_permutes_the_scores_and_nothing_else():
    model = build()
    logits, masks = predictions(model)
    order = torch.tensor([2, 0, 3, 1, 5, 4])
    model.set_classifier(a_classifier()[order], THINGS, STUFF)
    permuted, same_masks = predictions(model)
    torch.testing.assert_close(permuted[..., :-1], logits[..., order])
    torch.testing.assert_close(permuted[..., -1], logits[..., -1])
    assert torch.equal(masks, same_masks)


def test_another_vocabulary_has_its_own_things_and_stuff():
    model = build().eval()
    model.set_classifier(a_classifier(9, seed=1), 7, 2)
    images, samples = a_batch()
    with torch.no_grad():
        found = model.predict(images, samples)
    assert model.num_classes == model.panoptic_fusion_head.num_classes == 9
    assert found[0].pred_panoptic_seg.sem_seg.max() % 1000 <= 9


def test_numbers_of_classes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match='7 things and 1 stuff classes do not make the 6 classes'):
        build().set_classifier(a_classifier(), 7, 1)


def test_an_ensemble_needs_clip():
    with pytest.raises(ValueError, match='needs an OpenCLIPBackbone, got RegNet'):
        build(ensemble=dict(alpha=0.4, beta=0.8))


def with_clip(tiny_clip, tiny_checkpoint, **ensemble):
    backbone = dict(
        type='OpenCLIPBackbone',
        model_name=tiny_clip,
        init_cfg=dict(type='clip_pretrain', checkpoint=str(tiny_checkpoint)),
    )
    channels = MODELS.build(backbone).output_channels
    model = build(
        backbone=backbone,
        neck=dict(type='FusedFPN', in_channels=channels, out_channels=32),
        ensemble=ensemble or None,
    )
    torch.manual_seed(1)
    rows = F.normalize(torch.randn(THINGS + STUFF, 2, 64), dim=-1)
    model.panoptic_head.cls_embed = type(model.panoptic_head.cls_embed)(rows)
    model.panoptic_head.class_embed[-1] = torch.nn.Linear(32, 64)
    model.panoptic_head.pooled_embed = torch.nn.Linear(32, 64)
    return model.eval()


def test_clip_alone_decides_when_it_has_all_the_weight(tiny_clip, tiny_checkpoint):
    model = with_clip(tiny_clip, tiny_checkpoint, alpha=1.0, beta=1.0, scale=50.0)
    images, samples = a_batch()
    with torch.no_grad():
        maps = model.backbone(images)
        logits, masks = model.panoptic_head.predict(model.neck(maps), samples)
        scores = model.classify(model.embed(images))
    inside = F.adaptive_avg_pool2d((masks > 0).float(), maps[-1].shape[-2:])
    for query in range(3):
        pooled = model.backbone.mask_pool(maps[-1], inside)[0, query]
        cosine = F.normalize(pooled, dim=0) @ model.panoptic_head.cls_embed.rows.T
        expected = cosine.view(-1, 2).amax(1)
        assert scores[0, query, :-1].argmax() == expected.argmax()
    torch.testing.assert_close(scores[..., -1], logits.log_softmax(-1)[..., -1])


def test_a_frozen_clip_stays_as_it_is_and_all_else_learns(tiny_clip, tiny_checkpoint):
    model = with_clip(tiny_clip, tiny_checkpoint, alpha=0.4, beta=0.8).train()
    images, samples = a_batch()
    sum(model.loss(images, samples).values()).backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is None) == name.startswith('backbone.'), name


SIZES = [(64, 64), (64, 96), (40, 70), (96, 64), (64, 64)]


def padded_batch(sizes, seed=0):
    """Images of several sizes as the data preprocessor pads them, and their samples."""
    preprocessor = MODELS.build(
        dict(
            type='mmdet.DetDataPreprocessor',
            pad_size_divisor=32,
            pad_mask=True,
            pad_seg=True,
            mean=[0, 0, 0],
            std=[1, 1, 1],
        )
    )
    generator = torch.Generator().manual_seed(seed)
    images, samples = [], []
    for height, width in sizes:
        images.append(torch.randn(3, height, width, generator=generator))
        masks = np.zeros((1, height, width), np.uint8)
        masks[0, 4:30, 8:36] = 1
        semantic = torch.full((1, height, width), THINGS)
        semantic[0, 4:30, 8:36] = 1
        meta = dict(img_shape=(height, width), ori_shape=(2 * height, 2 * width))
        sample = DetDataSample(metainfo=meta)
        sample.gt_instances = InstanceData(
            labels=torch.tensor([1]), masks=BitmapMasks(masks, height, width)
        )
        sample.gt_sem_seg = PixelData(sem_seg=semantic)
        samples.append(sample)
    data = preprocessor(dict(inputs=images, data_samples=samples), training=True)
    return data['inputs'], data['data_samples']


def one_by_one(inputs, samples):
    """Each image of a batch with no other padding than its own."""
    for image, sample in zip(inputs, samples, strict=True):
        height, width = sample.pad_shape
        sample.set_metainfo({'batch_input_shape': (height, width)})
        yield image[None, :, :height, :width], [sample]


def finds_segments(model):
    """Random weights whose queries all say some class."""
    head = model.panoptic_head
    head.cls_embed.no_object.data *= -1
    head.pooled_embed.bias.data += 10 * a_classifier().mean((0, 1))
    torch.nn.init.normal_(head.mask_embed[-1].weight, generator=torch.Generator().manual_seed(0))
    head.mask_features.bias.data.zero_()
    model.panoptic_fusion_head.test_cfg.update(object_mask_thr=0.0, iou_thr=0.0)
    return model.eval()


@torch.no_grad()
def test_a_prediction_does_not_depend_on_the_other_images_of_its_batch():
    model = finds_segments(build())
    found = model.predict(*padded_batch(SIZES))
    alone = [model.predict(*one)[0] for one in one_by_one(*padded_batch(SIZES))]
    assert all(sample.pred_panoptic_seg.sem_seg.unique().numel() >= 2 for sample in alone)
    for own, other, size in zip(found, alone, SIZES, strict=True):
        assert own.pred_panoptic_seg.sem_seg.shape == (1, 2 * size[0], 2 * size[1])
        same = own.pred_panoptic_seg.sem_seg == other.pred_panoptic_seg.sem_seg
        # Two images of one size share products, whose rounding may decide a pixel at an edge.
        assert same.all() if SIZES.count(size) == 1 else same.float().mean() > 0.999


def test_images_of_one_size_go_through_the_model_together():
    model = finds_segments(build())
    shapes = []
    model.backbone.register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape)))
    with torch.no_grad():
        model.predict(*padded_batch(SIZES))
    assert sorted(shapes) == [(1, 3, 96, 64), (2, 3, 64, 64), (2, 3, 64, 96)]


def test_what_is_padding_reaches_no_loss():
    """The head's losses are those of the same maps with anything else in their padding."""
    head = build().panoptic_head
    features = torch.randn(2, 32, 24, 24, generator=torch.Generator().manual_seed(3))
    changed = features.clone()
    # One row and column beyond the first image's 40 x 70 pixels are within reach of sampling.
    changed[0, :, 11:] = changed[0, :, :, 19:] = 7
    losses = []
    for x in (features, changed):
        _, samples = padded_batch([(40, 70), (96, 96)])
        torch.manual_seed(5)
        losses.append(head.loss(x, samples))
    torch.testing.assert_close(losses[0], losses[1])


def test_a_class_255_is_a_class_and_void_is_none():
    """Where class 255 of 300 changes places with another, losses stay as they are, void included."""
    classifier, swapped = a_classifier(300), a_classifier(300)
    swapped[[7, 255]] = swapped[[255, 7]]
    losses = []
    for rows, label in ((classifier, 255), (swapped, 7)):
        images, samples = a_batch()
        for sample in samples:
            sample.gt_instances.labels[:] = label
            semantic = sample.gt_sem_seg.sem_seg
            semantic[semantic >= THINGS] += 300 - THINGS - STUFF  # the stuff comes last
            semantic[semantic < THINGS] = label
            semantic[..., :5] = VOID_CLASS
        head = build().panoptic_head
        cfg = dict(
            type='DynamicKernelHead',
            in_channels=32,
            num_things_classes=300 - STUFF,
            num_stuff_classes=STUFF,
            classifier=rows,
            num_queries=10,
            num_stages=2,
            semantic_points=256,
        )
        model = build(panoptic_head=cfg, train_cfg=head.train_cfg)
        torch.manual_seed(5)
        losses.append(model.loss(images, samples))
    assert losses[0].keys() == losses[1].keys() and 'loss_semantic' in losses[0]
    torch.testing.assert_close(losses[0], losses[1])


def test_the_semantic_loss_can_be_switched_off():
    images, samples = a_batch()
    cfg = build().panoptic_head.train_cfg
    assert 'loss_semantic' in build().loss(images, samples)
    head = dict(
        type='DynamicKernelHead',
        in_channels=32,
        num_things_classes=THINGS,
        num_stuff_classes=STUFF,
        classifier=a_classifier(),
        loss_semantic=None,
    )
    losses = build(panoptic_head=head, train_cfg=cfg).loss(images, samples)
    assert 'loss_semantic' not in losses and 'loss_cls' in losses
