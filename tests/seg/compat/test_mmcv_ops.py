"""mmcv's ops on the stand-in: what is served agrees with torchvision and with the definition."""

import importlib.util
import inspect
import itertools
import pickle
import sys

import pytest
import torch
import torchvision
from mmcv.ops import batched_nms, nms, roi_align
from mmdet.models import FPN, DiceLoss, MaskFormerFusionHead, RegNet
from mmdet.models.task_modules import CrossEntropyLossCost, HungarianAssigner
from mmdet.models.utils import get_uncertain_point_coords_with_randomness
from mmengine.model import revert_sync_batchnorm

from seg.compat.mmcv_ops import MissingOpsFinder, StandInOps
from seg.compat.torchvision_ops import roi_align_backward, roi_align_forward


def random_boxes(count, seed=0, size=100.0):
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=generator) * size
    extent = torch.rand(count, 2, generator=generator) * size / 3 + 1
    return torch.cat([corner, corner + extent], dim=1), torch.rand(count, generator=generator)


def defined_iou(first, second, offset):
    width = min(first[2], second[2]) - max(first[0], second[0]) + offset
    height = min(first[3], second[3]) - max(first[1], second[1]) + offset
    intersection = max(width, 0) * max(height, 0)
    areas = [(x2 - x1 + offset) * (y2 - y1 + offset) for x1, y1, x2, y2 in (first, second)]
    return intersection / (sum(areas) - intersection)


def defined_nms(boxes, scores, threshold, offset=0, classes=None):
    """Greedy suppression as the papers state it: one box at a time, best score first."""
    boxes, scores = boxes.tolist(), scores.tolist()
    classes = [0] * len(boxes) if classes is None else classes.tolist()
    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(
            classes[i] != classes[j] or defined_iou(boxes[i], boxes[j], offset) <= threshold
            for j in kept
        ):
            kept.append(i)
    return kept


@pytest.mark.parametrize('threshold', [0.0, 0.1, 0.5, 0.7, 1.0])
@pytest.mark.parametrize('offset', [0, 1])
def test_nms_keeps_what_the_definition_keeps(threshold, offset):
    boxes, scores = random_boxes(80)
    detections, kept = nms(boxes, scores, threshold, offset=offset)
    assert kept.tolist() == defined_nms(boxes, scores, threshold, offset)
    assert detections.equal(torch.cat([boxes, scores[:, None]], dim=1)[kept])
    if offset == 0:
        assert kept.equal(torchvision.ops.nms(boxes, scores, threshold))


def test_nms_offset_decides_where_pixels_are_counted():
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 2.0, 2.0]])
    scores = torch.tensor([0.9, 0.8])
    assert nms(boxes, scores, 0.1, offset=0)[1].tolist() == [0, 1]  # they share an edge's corner
    assert nms(boxes, scores, 0.1, offset=1)[1].tolist() == [0]  # they share one pixel of seven


def test_nms_keeps_a_box_whose_iou_is_the_threshold():
    boxes = torch.tensor([[0.0, 0.0, 10.0, 1.0], [0.0, 0.0, 1.0, 1.0]])  # IoU 1/10
    assert nms(boxes, torch.tensor([0.9, 0.8]), 0.1)[1].tolist() == [0, 1]


def test_nms_of_no_boxes_is_no_boxes():
    detections, kept = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert detections.shape == (0, 5)
    assert kept.shape == (0,) and kept.dtype == torch.int64


def test_nms_takes_numpy_and_scores_of_another_precision():
    boxes, scores = random_boxes(40)
    expected = defined_nms(boxes, scores.half(), 0.5)
    assert nms(boxes, scores.half(), 0.5)[1].tolist() == expected
    assert nms(boxes.numpy(), scores.half().numpy(), 0.5)[1].tolist() == expected


def test_nms_score_threshold_and_max_num():
    boxes, scores = random_boxes(80)
    kept = nms(boxes, scores, 0.5, score_threshold=0.3, max_num=7)[1]
    confident = (scores > 0.3).nonzero().flatten()
    expected = confident[defined_nms(boxes[confident], scores[confident], 0.5)]
    assert kept.equal(expected[:7])


@pytest.mark.parametrize('threshold', [0.1, 0.5, 0.7])
@pytest.mark.parametrize('split_thr', [10000, 10])
def test_batched_nms_suppresses_within_a_class(threshold, split_thr):
    boxes, scores = random_boxes(120)
    classes = torch.arange(120) % 3
    config = {'type': 'nms', 'iou_threshold': threshold, 'split_thr': split_thr}
    detections, kept = batched_nms(boxes, scores, classes, config)
    assert kept.tolist() == defined_nms(boxes, scores, threshold, classes=classes)
    assert kept.equal(torchvision.ops.batched_nms(boxes, scores, classes, threshold))
    assert detections.equal(torch.cat([boxes, scores[:, None]], dim=1)[kept])


def test_batched_nms_class_agnostic_ignores_the_classes():
    boxes, scores = random_boxes(120)
    config = {'type': 'nms', 'iou_threshold': 0.5, 'class_agnostic': True}
    kept = batched_nms(boxes, scores, torch.arange(120) % 3, config)[1]
    assert kept.tolist() == defined_nms(boxes, scores, 0.5)
    assert kept.equal(torchvision.ops.nms(boxes, scores, 0.5))


@pytest.mark.parametrize('split_thr', [10000, 10])
def test_batched_nms_score_threshold_and_max_num(split_thr):
    boxes, scores = random_boxes(120)
    classes = torch.arange(120) % 3
    limits = {'score_threshold': 0.3, 'max_num': 9, 'split_thr': split_thr}
    config = {'type': 'nms', 'iou_threshold': 0.5, **limits}
    kept = batched_nms(boxes, scores, classes, config)[1]
    confident = (scores > 0.3).nonzero().flatten()
    expected = torchvision.ops.batched_nms(
        boxes[confident], scores[confident], classes[confident], 0.5
    )
    assert kept.equal(confident[expected][:9])


def random_rois(count=6):
    boxes, _ = random_boxes(count, seed=1, size=60)
    return torch.cat([(torch.arange(count) % 2)[:, None], boxes - 4], dim=1)  # some reach outside


@pytest.mark.parametrize(
    ('aligned', 'sampling_ratio', 'scale'), itertools.product([True, False], [0, 2, 3], [1.0, 0.25])
)
def test_roi_align_and_its_gradient_equal_torchvisions(aligned, sampling_ratio, scale):
    torch.manual_seed(0)
    ours = torch.randn(2, 3, 20, 24, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    rois = random_rois()
    pooled = roi_align(ours, rois, (3, 5), scale, sampling_ratio, 'avg', aligned)
    expected = torchvision.ops.roi_align(theirs, rois, (3, 5), scale, sampling_ratio, aligned)
    torch.testing.assert_close(pooled, expected)

    weights = torch.randn_like(pooled)
    (pooled * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_roi_align_of_a_ramp_is_the_coordinate_of_the_bins_centre():
    ramp = torch.arange(16.0).repeat(1, 1, 16, 1)  # pixel i has its centre at i + 0.5 and value i
    rois = torch.tensor([[0, 2.0, 2.0, 10.0, 10.0]])
    pooled = roi_align(ramp, rois, (1, 4), 1.0, 2, 'avg', True)
    torch.testing.assert_close(pooled.flatten(), torch.tensor([3.0, 5.0, 7.0, 9.0]) - 0.5)


def test_roi_align_of_no_rois_has_no_output_and_no_gradient():
    image = torch.randn(1, 2, 8, 8, requires_grad=True)
    pooled = roi_align(image, torch.zeros(0, 5), (3, 3), 1.0, 0, 'avg', True)
    assert pooled.shape == (0, 2, 3, 3)
    pooled.sum().backward()
    assert not image.grad.any()


def test_served_roi_align_takes_half_precision_features_with_single_precision_rois():
    image = torch.randn(2, 3, 20, 24, requires_grad=True)
    rois, empty = random_rois(), torch.zeros(0)
    arguments = (3, 3, 1.0, 2, 1, True)
    pooled, gradient = torch.zeros(6, 3, 3, 3).half(), torch.zeros_like(image).half()
    roi_align_forward(image.detach().half(), rois, pooled, empty, empty, *arguments)
    expected = torchvision.ops.roi_align(image, rois, (3, 3), 1.0, 2, True)
    torch.testing.assert_close(pooled.float(), expected.detach(), atol=5e-3, rtol=5e-3)

    expected.sum().backward()
    roi_align_backward(torch.ones_like(pooled), rois, empty, empty, gradient, *arguments)
    torch.testing.assert_close(gradient.float(), image.grad, atol=5e-3, rtol=5e-3)


def test_roi_align_with_max_pooling_says_what_works():
    empty = torch.zeros(0)
    with pytest.raises(RuntimeError, match=r"pool_mode='avg' works"):
        roi_align_forward(empty, empty, empty, empty, empty, 1, 1, 1.0, 0, 0, True)


def test_any_other_op_exists_and_raises_when_called():
    ops = StandInOps('mmcv._ext')
    assert hasattr(ops, 'ms_deform_attn_forward')
    assert ops.nms_rotated is ops.nms_rotated
    with pytest.raises(RuntimeError, match=r"'nms_rotated' is a compiled op.*mim install"):
        ops.nms_rotated(torch.zeros(1, 5), 0.5)


def test_compiler_versions_admit_that_there_was_no_compiler():
    ops = StandInOps('mmcv._ext')
    assert 'without compiled ops' in ops.get_compiler_version()
    assert 'without compiled ops' in ops.get_compiling_cuda_version()


def test_the_module_has_no_underscored_attributes_but_its_own():
    ops = StandInOps('mmcv._ext')
    for name in ('__file__', '__path__', '__wrapped__', '_private'):
        assert not hasattr(ops, name)
    assert ops.__name__ == 'mmcv._ext'


def test_tools_that_walk_over_all_modules_are_not_misled(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmcv._ext', StandInOps('mmcv._ext'))
    assert inspect.getmodule(random_boxes).__name__ == __name__
    assert pickle.loads(pickle.dumps(torch.nn.functional.relu)) is torch.nn.functional.relu


def test_the_finder_answers_for_mmcv_ext_only():
    assert MissingOpsFinder.find_spec('mmcv._ext_tools') is None
    assert MissingOpsFinder.find_spec('_ext') is None
    assert MissingOpsFinder.find_spec('mmcv._ext').name == 'mmcv._ext'
    assert importlib.util.find_spec('mmcv._ext') is not None


def test_revert_sync_batchnorm_replaces_the_layers():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.SyncBatchNorm(4))
    reverted = revert_sync_batchnorm(model).eval()
    assert not any(isinstance(module, torch.nn.SyncBatchNorm) for module in reverted.modules())
    assert reverted(torch.zeros(1, 3, 2, 2)).shape == (1, 4, 2, 2)


def test_mmdet_models_run():
    regnet = RegNet('regnetx_400mf', out_indices=(0, 1, 2, 3))
    fpn = FPN(in_channels=[32, 64, 160, 384], out_channels=16, num_outs=4)
    levels = fpn(regnet(torch.zeros(1, 3, 64, 64)))
    assert [tuple(level.shape) for level in levels] == [(1, 16, s, s) for s in (16, 8, 4, 2)]


def test_mmdet_panoptic_parts_work():
    MaskFormerFusionHead(num_things_classes=2, num_stuff_classes=2)
    HungarianAssigner([{'type': CrossEntropyLossCost, 'use_sigmoid': True}])
    masks, certain = torch.ones(2, 16), torch.full((2, 16), 20.0)
    assert DiceLoss(use_sigmoid=True, activate=True, naive_dice=True)(certain, masks) < 1e-3
    points = get_uncertain_point_coords_with_randomness(
        torch.randn(2, 1, 8, 8),
        None,
        num_points=12,
        oversample_ratio=3.0,
        importance_sample_ratio=0.75,
    )
    assert points.shape == (2, 12, 2)
