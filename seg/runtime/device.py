"""The device that a command was told to use."""

import torch
from mmengine.device import get_device


def usable_device(name: str | None = None) -> torch.device:
    """A device that holds tensors.

    Args:
        name: 'cpu', 'cuda', 'cuda:1', ... Defaults to this rank's GPU, or the CPU where there is
            none.

    Raises:
        ValueError: If there is no such device, or it cannot be used.
    """
    name = name or get_device()
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
        reason = str(error).partition('\n')[0]
        raise ValueError(f'device {name!r} cannot be used: {reason}') from None
