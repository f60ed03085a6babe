"""mmcv's compiled ops that torchvision computes too, under mmcv's names and signatures.

The names, their order of arguments and their conventions are those of
``mmcv/ops/csrc/pytorch/pybind.cpp``: results go into tensors that the caller has allocated.
"""

import torch
import torchvision
from torch import Tensor

_AVERAGE_POOLING = 1


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Non-maximum suppression.

    Args:
        boxes: Tensor[N, 4], as (x1, y1, x2, y2).
        scores: Tensor[N].
        iou_threshold: A box goes when its IoU with a kept box of higher score exceeds this.
        offset: 1 where the corner (x2, y2) names the last pixel inside, so that a box is
            ``x2 - x1 + 1`` wide; 0 where it is the box's edge.

    Returns:
        Tensor[M] of int64: the indices of the kept boxes, by falling score.
    """
    if offset:
        boxes = torch.cat([boxes[:, :2], boxes[:, 2:] + offset], dim=1)
    # mmcv compares in single precision, torchvision the IoU in single with the threshold in double:
    # there an IoU of 1/10 exceeds 0.1.
    iou_threshold = torch.tensor(iou_threshold, dtype=torch.float32).item()
    return torchvision.ops.nms(*_same_dtype(boxes, scores), iou_threshold)


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """RoI Align with average pooling, written into ``output``.

    Args:
        input: Tensor[B, C, H, W].
        rois: Tensor[N, 5], as (index into the batch, x1, y1, x2, y2).
        output: Tensor[N, C, aligned_height, aligned_width].
        argmax_y: Only for max pooling.
        argmax_x: Only for max pooling.
        spatial_scale: Factor from the coordinates of ``rois`` to those of ``input``.
        sampling_ratio: Samples a bin along each axis; 0 takes as many as the bin has pixels.
        pool_mode: 1 for average pooling. 0, max pooling, raises RuntimeError.
        aligned: Whether pixel centres lie at half-integer coordinates.
    """
    _check_pool_mode(pool_mode)
    input, rois = _same_dtype(input, rois)
    output.copy_(
        torch.ops.torchvision.roi_align(
            input, rois, spatial_scale, aligned_height, aligned_width, sampling_ratio, aligned
        )
    )


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Gradient of :func:`roi_align_forward` for its input, written into ``grad_input``."""
    _check_pool_mode(pool_mode)
    grad_output, rois = _same_dtype(grad_output, rois)
    grad_input.copy_(
        torch.ops.torchvision._roi_align_backward(
            grad_output,
            rois,
            spatial_scale,
            aligned_height,
            aligned_width,
            *grad_input.shape,
            sampling_ratio,
            aligned,
        )
    )


def _same_dtype(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the wider of their types; torchvision refuses mixed ones, as come from autocast."""
    dtype = torch.promote_types(first.dtype, second.dtype)
    return first.to(dtype), second.to(dtype)


def _check_pool_mode(pool_mode: int) -> None:
    if pool_mode != _AVERAGE_POOLING:
        raise RuntimeError(
            "RoIAlign(pool_mode='max') needs mmcv's compiled ops, which are not installed "
            "(see seg/compat/mmcv_ops.py); pool_mode='avg' works without."
        )
