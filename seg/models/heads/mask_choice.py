"""Which of several masks of one object is shown, and which part of one mask."""

import cv2
import numpy as np
import torch
from torch import Tensor


def maskness(masks: Tensor) -> Tensor:
    """How sure a mask is of what it covers: its mean probability there (SOLO, arXiv 1912.04488).

    Args:
        masks: Tensor[M, h, w], logits.

    Returns:
        Tensor[M], 0.5 to 1; 0 for a mask that covers nothing.
    """
    inside = masks > 0
    return (masks.sigmoid() * inside).sum((1, 2)) / inside.sum((1, 2)).clamp(min=1)


def without_duplicates(masks: Tensor, ranks: Tensor, iou_thr: float) -> Tensor:
    """Greedy suppression: a mask that overlaps a better one by more than ``iou_thr`` is left out.

    Two masks of one object would share its pixels, and neither may keep enough of them to be shown.
    What the classes are does not matter: a pixel has one.

    Args:
        masks: Tensor[M, h, w], logits.
        ranks: Tensor[M], the larger the better.
        iou_thr: The overlap that is allowed, as intersection over union.

    Returns:
        int Tensor of the masks that stay, in their order.
    """
    covered = (masks > 0).flatten(1).to(masks.dtype)
    shared = covered @ covered.T
    area = shared.diagonal()
    overlaps = (shared > iou_thr * (area[:, None] + area - shared)).cpu()
    stays: list[int] = []
    for index in ranks.argsort(descending=True).tolist():
        if not overlaps[index, stays].any():
            stays.append(index)
    return torch.tensor(sorted(stays), dtype=torch.long, device=masks.device)


def largest_components(masks: Tensor) -> Tensor:
    """Masks in one piece: what is not connected to the largest part of a mask is no longer in it.

    A query that looks for an object may find another of the same look elsewhere as well. Pixels that touch
    at a corner are connected.

    Args:
        masks: Tensor[M, h, w], logits.

    Returns:
        Tensor[M, h, w], with the signs of the other parts changed, so that masks end where they ended.
    """
    inside = (masks > 0).to('cpu', torch.uint8).numpy()
    removed = np.zeros(inside.shape, bool)
    for own, other in zip(inside, removed, strict=True):
        _, parts, sizes, _ = cv2.connectedComponentsWithStats(own, connectivity=8)
        if len(sizes) > 2:  # the first is what is outside
            largest = 1 + sizes[1:, cv2.CC_STAT_AREA].argmax()
            other[:] = (parts > 0) & (parts != largest)
    return torch.where(torch.from_numpy(removed).to(masks.device), -masks, masks)
