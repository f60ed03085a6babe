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


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``F.linear`` without gradients: Tensor[N, I] and Tensor[O, I] to Tensor[N, O].

    In float32 on CPUs PyTorch calls MKL. oneDNN, part of PyTorch too, was faster by a tenth to a fifth
    on the AMD processor it was measured on (``docs/en/performance.md``).
    """
    if _ONEDNN is not None and x.device.type == 'cpu' and x.dtype == torch.float32:
        return _ONEDNN(x, weight, bias, 'none', [], '')
    return F.linear(x, weight, bias)
