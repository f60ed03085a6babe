"""The matrix product of a linear layer, by the fastest exact way at hand."""

import torch
import torch.nn.functional as F
from torch import Tensor

# What torch.compile makes of a linear layer on CPUs; not there in every build.
_ONEDNN = (
    getattr(torch.ops.mkldnn, '_linear_pointwise', None)
    if torch.backends.mkldnn.is_available()
    else None
)


def pack(weight: Tensor, rows: int) -> Tensor:
    """The weight Tensor[O, I] as :func:`linear` likes it best, to be used many times.

    Args:
        weight: Stays as it is; what is returned may be a copy in oneDNN's own order.
        rows: How many rows a product has, at most.
    """
    if _ONEDNN is None or not _by_onednn(weight):
        return weight
    return torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), rows)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``F.linear`` without gradients: Tensor[N, I] and Tensor[O, I], packed or not, to Tensor[N, O].

    In float32 on CPUs PyTorch calls MKL. oneDNN, part of PyTorch too, was faster by a tenth to a fifth
    on the AMD processor it was measured on (``docs/en/performance.md``).
    """
    if _ONEDNN is not None and _by_onednn(x):
        return _ONEDNN(x, weight, bias, 'none', [], '')
    return F.linear(x, weight, bias)


def _by_onednn(values: Tensor) -> bool:
    """Whether oneDNN takes a product with such values, where it is there."""
    return values.device.type == 'cpu' and values.dtype == torch.float32
