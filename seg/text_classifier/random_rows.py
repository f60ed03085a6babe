"""Rows that mean nothing, in the place of text features: what is left of an open vocabulary then."""

import hashlib
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def random_features(names: Sequence[str], size: int, seed: int = 0) -> Tensor:
    """A unit row for each candidate, which depends on ``seed`` and the candidate alone.

    Classes are as easy to tell apart as any, but no row says anything about what another class, or
    the same one by another word, looks like.

    Args:
        names: N candidates.
        size: Size D of the joint space.
        seed: Other seeds give other rows. Defaults to 0.

    Returns:
        Tensor[N, D], float32.
    """
    rows = []
    for name in names:
        digest = hashlib.sha256(f'{seed} {name}'.encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], 'big'))
        rows.append(torch.randn(size, generator=generator))
    return F.normalize(torch.stack(rows), dim=-1)
