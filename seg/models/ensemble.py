"""Scores of a trained head and of a frozen CLIP, combined."""

import torch
from torch import Tensor


def geometric_ensemble(
    logits: Tensor, clip: Tensor, is_seen: Tensor, alpha: float, beta: float
) -> Tensor:
    """FC-CLIP's geometric ensemble (arXiv 2308.02487, equation 7).

    The probability of a class is ``head^(1 - w) * clip^w`` with w = ``alpha`` for classes seen in
    training and ``beta`` for others, scaled so that the probability of "no object" stays the head's.

    Args:
        logits: Tensor[..., C + 1], the head's, "no object" last.
        clip: Tensor[..., C], CLIP's probabilities.
        is_seen: bool Tensor[C].
        alpha: Weight of CLIP for seen classes.
        beta: Weight of CLIP for unseen classes.

    Returns:
        Tensor[..., C + 1], log probabilities.
    """
    head = logits[..., :-1].log_softmax(-1)
    weight = torch.where(is_seen, alpha, beta).to(head.dtype)
    classes = (1 - weight) * head + weight * clip.clamp(min=1e-12).log()
    no_object = logits.log_softmax(-1)[..., -1:]
    some_object = torch.log1p(-no_object.exp().clamp(max=1 - 1e-6))
    return torch.cat([classes.log_softmax(-1) + some_object, no_object], dim=-1)
