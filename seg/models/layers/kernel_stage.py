"""One stage of the head: dynamic kernels take in what their masks cover, then talk to each other."""

import torch
from torch import Tensor, nn


class KernelUpdate(nn.Module):
    """Gated update of kernels by the features that their masks pool.

    K-Net's adaptive kernel update (arXiv 2106.14855, equations 3 to 5): two gates, made from the
    product of feature and kernel, weigh a new value of each.

    Args:
        channels: Size C of kernels and features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.feature = nn.Linear(channels, 2 * channels)
        self.kernel = nn.Linear(channels, 2 * channels)
        self.gates = nn.Linear(channels, 2 * channels)
        self.gate_norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))
        self.value_norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))
        self.output = nn.Sequential(
            nn.Linear(channels, channels), nn.LayerNorm(channels), nn.ReLU(inplace=True)
        )

    def forward(self, kernels: Tensor, pooled: Tensor) -> Tensor:
        """Tensor[B, Q, C] and Tensor[B, Q, C] to the new kernels, Tensor[B, Q, C]."""
        feature_in, feature = self.feature(pooled).chunk(2, dim=-1)
        kernel_in, kernel = self.kernel(kernels).chunk(2, dim=-1)
        feature_gate, kernel_gate = (
            norm(gate).sigmoid()
            for norm, gate in zip(
                self.gate_norms, self.gates(feature_in * kernel_in).chunk(2, dim=-1), strict=True
            )
        )
        feature, kernel = self.value_norms[0](feature), self.value_norms[1](kernel)
        return self.output(feature_gate * feature + kernel_gate * kernel)


class KernelStage(nn.Module):
    """Gated update, self-attention among the queries, feed-forward; each with a residual.

    Args:
        channels: Size C of the kernels.
        heads: Attention heads. Defaults to 8.
        expansion: Width of the feed-forward layer over C. Defaults to 4.
    """

    def __init__(self, channels: int, heads: int = 8, expansion: int = 4) -> None:
        super().__init__()
        self.update = KernelUpdate(channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.feed_forward = nn.Sequential(
            nn.Linear(channels, expansion * channels),
            nn.ReLU(inplace=True),
            nn.Linear(expansion * channels, channels),
        )
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(3))

    def forward(self, kernels: Tensor, pooled: Tensor, position: Tensor) -> Tensor:
        """New kernels.

        Args:
            kernels: Tensor[B, Q, C].
            pooled: Tensor[B, Q, C], mean feature inside the mask of each query.
            position: Tensor[Q, C], what tells queries apart.
        """
        kernels = self.norms[0](kernels + self.update(kernels, pooled))
        key = kernels + position
        attended = self.attention(key, key, kernels, need_weights=False)[0]
        kernels = self.norms[1](kernels + attended)
        return self.norms[2](kernels + self.feed_forward(kernels))


def hard_mask_pool(features: Tensor, masks: Tensor, is_image: Tensor | None = None) -> Tensor:
    """Mean feature where each mask is more likely than not.

    Args:
        features: Tensor[B, C, H, W].
        masks: Tensor[B, Q, H, W], logits; no gradient reaches them.
        is_image: bool Tensor[B, 1, H, W], false where a batch is padded. Defaults to all true.

    Returns:
        Tensor[B, Q, C], zero for an empty mask.
    """
    inside = masks.detach() > 0
    if is_image is not None:
        inside = inside & is_image
    inside = inside.flatten(2).to(features.dtype)
    pooled = torch.bmm(inside, features.flatten(2).transpose(1, 2))
    return pooled / inside.sum(-1, keepdim=True).clamp(min=1)
