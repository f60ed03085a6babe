import pytest
import torch
from mmdet.evaluation.functional import INSTANCE_OFFSET
from mmdet.models.seg_heads import MaskFormerFusionHead
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict

from seg.models.heads import SparseFusionHead

THINGS, STUFF = 3, 2
META = dict(batch_input_shape=(32, 32), img_shape=(32, 24), ori_shape=(50, 40))


def head(**test_cfg):
    return SparseFusionHead(THINGS, STUFF, test_cfg=ConfigDict(test_cfg))


def random_queries(queries=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = 4 * torch.randn(1, queries, THINGS + STUFF + 1, generator=generator)
    coarse = torch.randn(1, queries, 4, 4, generator=generator)
    return logits, 6 * torch.nn.functional.interpolate(coarse, (8, 8), mode='bilinear')


def segments(panoptic):
    """The segments of a map whatever their instance numbers: a set of (class, pixels)."""
    return {
        (code.item() % INSTANCE_OFFSET, tuple((panoptic == code).flatten().tolist()))
        for code in panoptic.unique()
    }


@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('settings', [(0.3, 0.6), (0.6, 0.8), (0.0, 0.0)])
def test_the_map_is_that_of_mmdet(seed, settings):
    test_cfg = dict(object_mask_thr=settings[0], iou_thr=settings[1], filter_low_score=True)
    logits, masks = random_queries(seed=seed)
    resized = torch.nn.functional.interpolate(masks, (32, 32), mode='bilinear')
    mmdet_head = MaskFormerFusionHead(THINGS, STUFF, test_cfg=ConfigDict(test_cfg))
    sample = DetDataSample(metainfo=META)
    (expected,) = mmdet_head.predict(logits, resized, [sample], rescale=True)
    (found,) = head(**test_cfg).predict(logits, masks, [sample], rescale=True)
    assert found['pan_results'].sem_seg.shape == (1, 50, 40)
    assert segments(found['pan_results'].sem_seg) == segments(expected['pan_results'].sem_seg)


def test_instances_are_the_things_of_the_map_with_their_boxes():
    logits, masks = random_queries(seed=3)
    (found,) = head(object_mask_thr=0.3, iou_thr=0.3).predict(
        logits, masks, [DetDataSample(metainfo=META)]
    )
    panoptic, instances = found['pan_results'].sem_seg[0], found['ins_results']
    codes = [code.item() for code in panoptic.unique() if code >= INSTANCE_OFFSET]
    assert len(codes) == len(instances) > 0
    for mask, label, box in zip(instances.masks, instances.labels, instances.bboxes, strict=True):
        (code,) = panoptic[mask].unique().tolist()
        assert code % INSTANCE_OFFSET == label and (panoptic == code).sum() == mask.sum()
        y, x = mask.nonzero().unbind(1)
        assert box.tolist() == [x.min(), y.min(), x.max() + 1, y.max() + 1]


def test_nothing_found_is_void_everywhere():
    logits = torch.zeros(1, 4, THINGS + STUFF + 1)
    logits[..., -1] = 9
    (found,) = head().predict(logits, torch.zeros(1, 4, 8, 8), [DetDataSample(metainfo=META)])
    assert (found['pan_results'].sem_seg == THINGS + STUFF).all()
    assert len(found['ins_results']) == 0


def test_only_masks_that_can_win_are_resized(monkeypatch):
    sizes = []
    real = torch.nn.functional.interpolate
    monkeypatch.setattr(
        'torch.nn.functional.interpolate',
        lambda x, *args, **kwargs: sizes.append(x.shape[1]) or real(x, *args, **kwargs),
    )
    logits = torch.zeros(1, 50, THINGS + STUFF + 1)
    logits[..., -1] = 9
    logits[0, 7, 1] = 20
    head().predict(logits, torch.ones(1, 50, 8, 8), [DetDataSample(metainfo=META)])
    assert sizes and max(sizes) == 1


def test_more_classes_than_a_panoptic_map_holds_are_refused():
    with pytest.raises(ValueError, match='at most 999 classes, there are 1000'):
        head().set_classes(600, 400)


def two_queries_of_one_object():
    """Each is surer of one half of it, so neither keeps 70 % of its pixels; a third is what is behind."""
    logits = torch.full((1, 3, THINGS + STUFF + 1), -9.0)
    logits[0, 0, 0], logits[0, 1, 1], logits[0, 2, THINGS] = 2.0, 1.9, 1.0
    masks = torch.full((1, 3, 8, 8), -6.0)
    masks[0, :2, 2:6, :4], masks[0, 0, 2:6, :2], masks[0, 1, 2:6, 2:4] = 1.0, 6.0, 6.0
    masks[0, 2] = 1 - masks[0, :2].max(0).values
    return logits, masks


def shown_classes(logits, masks, **test_cfg):
    (found,) = head(object_mask_thr=0.0, **test_cfg).predict(
        logits, masks, [DetDataSample(metainfo=META)]
    )
    codes = found['pan_results'].sem_seg.unique().tolist()
    return [code % INSTANCE_OFFSET for code in codes if code % INSTANCE_OFFSET < THINGS]


def test_two_masks_of_one_object_hide_each_other_unless_duplicates_go():
    logits, masks = two_queries_of_one_object()
    assert shown_classes(logits, masks, iou_thr=0.7) == []
    assert shown_classes(logits, masks, iou_thr=0.7, duplicate_iou=0.5) == [0]


def test_the_surer_mask_wins_by_maskness():
    logits, masks = two_queries_of_one_object()
    masks[0, 1, 2:6, :4] = 6.0
    masks[0, 0, 2:6, :4] = 0.5
    assert shown_classes(logits, masks, duplicate_iou=0.5) == [0]
    assert shown_classes(logits, masks, duplicate_iou=0.5, maskness_power=2.0) == [1]


def test_masks_over_the_padding_are_no_duplicates():
    logits, masks = two_queries_of_one_object()
    masks[0, 1, 2:6, :4] = -6.0
    masks[0, 1, 2:4, 4:6], masks[0, 2, 2:4, 4:6] = 6.0, -6.0
    masks[0, :, :, 6:] = 6.0  # of 8 columns, 6 are image
    assert shown_classes(logits, masks, duplicate_iou=0.3) == [0, 1]


def test_a_bias_lets_queries_of_no_object_show():
    logits, masks = two_queries_of_one_object()
    logits[0, 1] = -9.0
    logits[0, :, -1] = 4.0
    assert shown_classes(logits, masks) == []
    assert shown_classes(logits, masks, no_object_bias=3.0) == [0]
