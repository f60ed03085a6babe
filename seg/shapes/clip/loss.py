"""Losses of pictures and captions: contrastive, with many matches, and of attributes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seg.shapes.clip.attributes import FALSE, TRUE, WORDS


def contrastive_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Mean of both directions of :func:`one_way_loss`: CLIP's loss where each row has one match.

    Args:
        logits: Tensor[N, M], scaled cosines of N pictures and M captions.
        truth: int8 Tensor[N, M], see :func:`~seg.shapes.clip.attributes.truth`.
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


class AttributeLoss(nn.Module):
    """Cross-entropy of the attributes of pictures and of captions, by the same linear classifier.

    In a contrastive batch few captions are wrong in their shape alone, so shapes would be learned
    last. The classifier is a help in training and is not kept.

    Args:
        dimensions: Size D of the features.
    """

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.classifiers = nn.ModuleList(nn.Linear(dimensions, len(w)) for w in WORDS.values())

    def forward(self, features: Tensor, numbers: Tensor) -> Tensor:
        """Mean over the attributes, each averaged over the rows that have it.

        Args:
            features: Tensor[N, D].
            numbers: int Tensor[N, A], -1 where a row does not have the attribute.
        """
        losses = [
            F.cross_entropy(classifier(features[own >= 0]), own[own >= 0])
            for classifier, own in zip(self.classifiers, numbers.T, strict=True)
            if (own >= 0).any()
        ]
        return torch.stack(losses).mean()
