import pytest
import torch
from mmdet.evaluation.functional import INSTANCE_OFFSET
from mmdet.models.seg_heads import MaskFormerFusionHead
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict

from seg.models.heads import SparseFusionHead, fusion_head

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


def test_nothing_found_is_void_everywhere():
    logits = torch.zeros(1, 4, THINGS + STUFF + 1)
    logits[..., -1] = 9
    (found,) = head().predict(logits, torch.zeros(1, 4, 8, 8), [DetDataSample(metainfo=META)])
    assert (found['pan_results'].sem_seg == THINGS + STUFF).all()
    assert set(found) == {'pan_results'}


def test_only_masks_that_can_win_are_looked_at(monkeypatch):
    counts = []
    real = fusion_head.by_tiles
    monkeypatch.setattr(
        fusion_head,
        'by_tiles',
        lambda masks, *rest: counts.append(len(masks)) or real(masks, *rest),
    )
    logits = torch.zeros(1, 50, THINGS + STUFF + 1)
    logits[..., -1] = 9
    logits[0, 7, 1] = 20
    head().predict(logits, torch.ones(1, 50, 8, 8), [DetDataSample(metainfo=META)])
    assert counts == [1]


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_autocast_and_gradients_change_nothing(dtype):
    logits, masks = random_queries(seed=1)
    meta = dict(META, ori_shape=(200, 160))
    with torch.no_grad():
        (expected,) = head().predict(logits, masks, [DetDataSample(metainfo=meta)])
    masks.requires_grad_()
    with torch.autocast('cpu', dtype=dtype):
        (found,) = head().predict(logits, masks, [DetDataSample(metainfo=meta)])
    assert torch.equal(found['pan_results'].sem_seg, expected['pan_results'].sem_seg)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), float('-inf')])
def test_masks_that_are_not_finite_have_no_tiles(value, monkeypatch):
    logits, masks = random_queries()
    masks[0, 3, 2, 2] = value
    (found,) = head().predict(logits, masks, [DetDataSample(metainfo=META)])
    monkeypatch.setattr(fusion_head, 'by_tiles', lambda *_: None)
    (expected,) = head().predict(logits, masks, [DetDataSample(metainfo=META)])
    assert torch.equal(found['pan_results'].sem_seg, expected['pan_results'].sem_seg)


@pytest.mark.parametrize('seed', range(4))
def test_where_tiles_save_nothing_the_map_is_the_same(monkeypatch, seed):
    logits, masks = random_queries(seed=seed)
    (expected,) = head().predict(logits, masks, [DetDataSample(metainfo=META)])
    monkeypatch.setattr(fusion_head, 'by_tiles', lambda *_: None)
    (found,) = head().predict(logits, masks, [DetDataSample(metainfo=META)])
    assert torch.equal(found['pan_results'].sem_seg, expected['pan_results'].sem_seg)
    assert found['pan_results'].scores == expected['pan_results'].scores


def test_above_999_classes_objects_of_one_class_stay_apart():
    logits = torch.full((1, 2, 1101), -9.0)
    logits[0, :, 1050] = 9.0
    masks = torch.full((1, 2, 8, 8), -6.0)
    masks[0, 0, :4], masks[0, 1, 4:] = 6.0, 6.0
    fusion = head()
    fusion.set_classes(1080, 20)
    (found,) = fusion.predict(logits, masks, [DetDataSample(metainfo=META)])
    assert found['pan_results'].sem_seg.unique().tolist() == [11_050, 21_050]
    assert found['pan_results'].scores.keys() == {11_050, 21_050}


@pytest.mark.parametrize('seed', range(3))
def test_the_class_of_each_pixel_is_that_of_the_whole_sum(seed):
    logits, masks = random_queries(queries=20, seed=seed)
    fusion = head(panoptic_on=False, semantic_on=True)
    for rescale in (True, False):
        (found,) = fusion.predict(logits, masks, [DetDataSample(metainfo=META)], rescale=rescale)
        assert set(found) == {'sem_results'}
        resized = resize_wholly(masks, rescale)
        sums = torch.einsum('qc,qhw->chw', logits[0].softmax(-1)[:, :-1], resized.sigmoid())
        assert found['sem_results'].sem_seg.shape == (1, *resized.shape[1:])
        assert torch.equal(found['sem_results'].sem_seg[0].long(), sums.argmax(0))


@pytest.mark.parametrize('seed', range(3))
def test_instances_are_those_of_mmdet(seed):
    logits, masks = random_queries(seed=seed)
    test_cfg = dict(max_per_image=20)
    (found,) = head(panoptic_on=False, instance_on=True, **test_cfg).predict(
        logits, masks, [DetDataSample(metainfo=META)]
    )
    mmdet_head = MaskFormerFusionHead(THINGS, STUFF, test_cfg=ConfigDict(test_cfg))
    expected = mmdet_head.instance_postprocess(logits[0], resize_wholly(masks, True))
    own = found['ins_results']
    order = expected.scores.argsort(descending=True)
    torch.testing.assert_close(own.scores, expected.scores[order])
    assert torch.equal(own.labels, expected.labels[order])
    assert torch.equal(own.masks, expected.masks[order])
    assert torch.equal(own.bboxes, expected.bboxes[order])


def test_without_things_there_are_no_instances():
    logits, masks = random_queries()
    fusion = SparseFusionHead(0, THINGS + STUFF, test_cfg=ConfigDict(instance_on=True))
    (found,) = fusion.predict(logits, masks, [DetDataSample(metainfo=META)])
    assert found['ins_results'].masks.shape == (0, 50, 40)


def resize_wholly(masks, rescale):
    resized = torch.nn.functional.interpolate(masks, META['batch_input_shape'], mode='bilinear')
    resized = resized[..., : META['img_shape'][0], : META['img_shape'][1]]
    if rescale:
        resized = torch.nn.functional.interpolate(resized, META['ori_shape'], mode='bilinear')
    return resized[0]


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


@pytest.mark.parametrize('label', [0, THINGS])
def test_a_thing_is_the_largest_part_of_its_mask_within_the_image_and_stuff_is_all_of_it(label):
    logits = torch.full((1, 1, THINGS + STUFF + 1), -9.0)
    logits[0, 0, label] = 5.0
    masks = torch.full((1, 1, 8, 8), -6.0)
    masks[0, 0, :2, :2] = masks[0, 0, 4:7, :3] = masks[0, 0, :, 7:] = (
        6.0  # of 8 columns, 6 are image
    )
    shown = [
        head(object_mask_thr=0.0, largest_component=largest).predict(
            logits, masks, [DetDataSample(metainfo=META)]
        )[0]['pan_results']
        for largest in (False, True)
    ]
    whole, largest = (result.sem_seg[0] % INSTANCE_OFFSET == label for result in shown)
    top = torch.arange(len(whole)) < len(whole) // 2
    assert whole[top].any() and whole[~top].any()
    assert torch.equal(largest[~top], whole[~top])
    assert largest[top].any() == (label == THINGS)


def test_a_bias_lets_queries_of_no_object_show():
    logits, masks = two_queries_of_one_object()
    logits[0, 1] = -9.0
    logits[0, :, -1] = 4.0
    assert shown_classes(logits, masks) == []
    assert shown_classes(logits, masks, no_object_bias=3.0) == [0]
