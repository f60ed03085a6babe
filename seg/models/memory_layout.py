"""How the weights of a model lie in memory where it is to run."""

from typing import TypeVar

import torch
from torch import nn

Module = TypeVar('Module', bound=nn.Module)


def move_to(model: Module, device: torch.device) -> Module:
    """Move a model to a device, in place, with its weights laid out for that.

    On a CPU the channels of convolutions come last (``torch.channels_last``), in their weights and so in all
    maps; it gives the same up to rounding, in less time: see docs/en/performance.md. Elsewhere the layout is
    not changed.

    Args:
        model: Any module.
        device: Where to.
    """
    model = model.to(device)
    return model.to(memory_format=torch.channels_last) if device.type == 'cpu' else model
