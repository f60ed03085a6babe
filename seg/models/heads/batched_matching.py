"""Hungarian matching of all images and all stages of a batch at once.

mmdet's assigner is called once an image and stage; each call computes small products and waits for
the device. Here the costs of a batch are a few products, copied to the CPU once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from mmdet.models.task_modules.assigners import (
    BaseAssigner,
    ClassificationCost,
    CrossEntropyLossCost,
    DiceCost,
    HungarianAssigner,
)
from mmdet.models.task_modules.assigners.match_cost import BaseMatchCost
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence


class Matches(NamedTuple):
    """Pairs of queries and true segments, as many in every stage: N = sum over b of min(Q, G_b).

    Attributes:
        images: long Tensor[N], image of each pair, ascending.
        queries: long Tensor[S, N], query of each pair.
        truths: long Tensor[S, N], true segment of each pair, counted through the batch, ascending.
    """

    images: Tensor
    queries: Tensor
    truths: Tensor

    def of_stage(self, stage: int) -> 'Matches':
        """The pairs of one stage: all Tensor[N]."""
        return Matches(self.images, self.queries[stage], self.truths[stage])


class BatchedMatcher:
    """The assignments of mmdet's ``HungarianAssigner``, for S stages and B images together.

    Costs are products of matrices, as in Mask2Former (arXiv 2112.01527), over ground truth padded
    to the most segments of an image.

    Args:
        match_costs: mmdet's cost objects, whose settings and weights are used.
    """

    def __init__(self, match_costs: Sequence[BaseMatchCost]) -> None:
        self.match_costs = match_costs

    @classmethod
    def like(cls, assigner: BaseAssigner) -> 'BatchedMatcher | None':
        """A matcher with the costs of an assigner; None if it, or a cost, is none we know."""
        if type(assigner) is not HungarianAssigner:
            return None
        for cost in assigner.match_costs:
            if type(cost) not in _COSTS or not getattr(cost, 'use_sigmoid', True):
                return None
        return cls(assigner.match_costs)

    @torch.no_grad()
    def __call__(
        self, logits: Tensor, masks: Tensor, labels: Sequence[Tensor], true_masks: Sequence[Tensor]
    ) -> Matches:
        """Match in float32, whatever autocast says.

        Args:
            logits: Tensor[S, B, Q, C + 1], class logits.
            masks: Tensor[S, B, Q, P], mask logits at P points.
            labels: B long tensors [G_b].
            true_masks: B tensors [G_b, S, P] of values in [0, 1], at the same points.

        Raises:
            ValueError: If a cost is not a number (scipy's message).
        """
        with torch.autocast(logits.device.type, enabled=False):
            costs = self.costs(logits, masks, labels, true_masks).cpu().numpy()
        images, queries, truths, first = [], [], [], 0
        for image, size in enumerate(map(len, labels)):
            pairs = np.stack([_pairs(stage[image, :, :size]) for stage in costs], axis=1)
            images.append(np.full(pairs.shape[-1], image))
            queries.append(pairs[0])
            truths.append(pairs[1] + first)
            first += size
        return Matches(
            *(
                torch.from_numpy(np.concatenate(parts, axis=-1)).to(logits.device)
                for parts in (images, queries, truths)
            )
        )

    def costs(
        self, logits: Tensor, masks: Tensor, labels: Sequence[Tensor], true_masks: Sequence[Tensor]
    ) -> Tensor:
        """Cost of each query and true segment, float32 Tensor[S, B, Q, max G_b].

        What stands in the columns beyond an image's own segments means nothing.
        """
        padded_labels = pad_sequence(list(labels), batch_first=True)
        padded_masks = pad_sequence(list(true_masks), batch_first=True).permute(2, 0, 1, 3)
        inputs = logits.float(), masks.float(), padded_labels, padded_masks.float().contiguous()
        return sum(cost.weight * _COSTS[type(cost)](cost, *inputs) for cost in self.match_costs)


def _pairs(costs: np.ndarray) -> np.ndarray:
    """Query and true segment of each pair, [2, min(Q, G)], in the order of the true segments."""
    queries, truths = linear_sum_assignment(costs)
    order = truths.argsort()
    return np.stack([queries[order], truths[order]])


def _class_cost(
    cost: ClassificationCost, logits: Tensor, masks: Tensor, labels: Tensor, true_masks: Tensor
) -> Tensor:
    """Minus the probability of the true class."""
    index = labels[None, :, None].expand(*logits.shape[:-1], -1)
    return -logits.softmax(-1).gather(-1, index)


def _cross_entropy_cost(
    cost: CrossEntropyLossCost, logits: Tensor, masks: Tensor, labels: Tensor, true_masks: Tensor
) -> Tensor:
    """Mean binary cross-entropy over the points.

    Of a point of truth t and logit x it is softplus(x) - t x, so one product does for both its sides.
    """
    # softplus(x) = relu(x) - log(sigmoid(|x|)), which takes half the time of torch's own on a CPU.
    softplus = masks.relu().sum(-1) - masks.abs().sigmoid_().log_().sum(-1)
    return (softplus[..., None] - _products(masks, true_masks)) / masks.shape[-1]


def _dice_cost(
    cost: DiceCost, logits: Tensor, masks: Tensor, labels: Tensor, true_masks: Tensor
) -> Tensor:
    """One minus the dice coefficient."""
    if cost.pred_act:
        masks = masks.sigmoid()
    both = 2 * _products(masks, true_masks)
    if not cost.naive_dice:
        masks, true_masks = masks.square(), true_masks.square()
    sizes = masks.sum(-1)[..., None] + true_masks.sum(-1)[..., None, :]
    return 1 - (both + cost.eps) / (sizes + cost.eps)


def _products(masks: Tensor, true_masks: Tensor) -> Tensor:
    """Tensor[S, B, Q, P] and Tensor[S, B, G, P] to Tensor[S, B, Q, G]."""
    return masks @ true_masks.transpose(-1, -2)


_COSTS = {
    ClassificationCost: _class_cost,
    CrossEntropyLossCost: _cross_entropy_cost,
    DiceCost: _dice_cost,
}
