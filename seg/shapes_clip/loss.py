"""A contrastive loss for pictures and captions of which many pairs may match."""

import torch.nn.functional as F
from torch import Tensor

from seg.shapes_clip.attributes import FALSE, TRUE


def contrastive_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Mean of both directions of :func:`one_way_loss`: CLIP's loss where each row has one match.

    Args:
        logits: Tensor[N, M], scaled cosines of N pictures and M captions.
        truth: int8 Tensor[N, M], see :func:`~seg.shapes_clip.attributes.truth`.
    """
    return (one_way_loss(logits, truth) + one_way_loss(logits.T, truth.T)) / 2


def one_way_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy of each match against all that does not match, averaged by row.

    Matches of the same row do not compete, and pairs of unknown truth play no part. Rows without a
    match are left out.

    Args:
        logits: Tensor[N, M].
        truth: int8 Tensor[N, M].
    """
    is_match = truth == TRUE
    others = logits.masked_fill(truth != FALSE, float('-inf')).logsumexp(1, keepdim=True)
    losses = F.softplus(others - logits).masked_fill(~is_match, 0)
    matches = is_match.sum(1)
    return (losses.sum(1) / matches.clamp(min=1))[matches > 0].mean()
