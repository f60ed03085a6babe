"""Instance inference: the likeliest pairs of a query and a thing, as mask AP wants them."""

from collections.abc import Callable

import torch
from mmdet.structures.mask import mask2bbox
from mmengine.structures import InstanceData
from torch import Tensor

from seg.models.heads.mask_choice import maskness

#: Masks that are brought to the size of the picture at once.
_AT_ONCE = 16


def instances(
    probabilities: Tensor,
    masks: Tensor,
    num_things: int,
    most: int,
    resize: Callable[[Tensor], Tensor],
) -> InstanceData:
    """Mask2Former's instance inference (arXiv 2112.01527): masks may overlap, and a query may show twice.

    Args:
        probabilities: Tensor[Q, C], of the classes, "no object" left out.
        masks: Tensor[Q, h, w], mask logits.
        num_things: Number of things, the first classes; pairs with others are left out.
        most: Pairs that are looked at.
        resize: Brings mask logits Tensor[M, h, w] to the size of the picture.

    Returns:
        ``labels``, ``scores`` (probability of the class times maskness), ``bboxes`` and ``masks`` (bool
        [N, H, W]), the best first.
    """
    num_classes = probabilities.shape[1]
    scores, pairs = probabilities.flatten().topk(min(most, probabilities.numel()))
    labels, queries = pairs % num_classes, pairs // num_classes
    is_thing = labels < num_things
    scores, labels, queries = scores[is_thing], labels[is_thing], queries[is_thing]
    shown, which = queries.unique(return_inverse=True)
    inside, sure = [], []
    for part in shown.split(_AT_ONCE) or [shown]:
        own = resize(masks[part])
        inside.append(own > 0)
        sure.append(maskness(own))
    scores = scores * torch.cat(sure)[which]
    order = scores.argsort(descending=True, stable=True)
    covered = torch.cat(inside)[which[order]]
    return InstanceData(
        labels=labels[order], scores=scores[order], bboxes=mask2bbox(covered), masks=covered
    )
