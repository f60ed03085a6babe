"""Whether the processes of a group were started with the same settings."""

import sys
from itertools import zip_longest
from typing import Any

import torch.distributed as dist


def require_agreement(settings: dict[str, Any]) -> None:
    """See that all ranks have the same settings, before they share out work by them.

    Args:
        settings: By the words that name them in a message.

    Raises:
        ValueError: On rank 0, if a rank has others; names the rank and the first that differs.
        SystemExit: On the other ranks then, with exit code 1.
    """
    if not dist.is_initialized():
        return
    of_rank: list = [None] * dist.get_world_size()
    dist.all_gather_object(of_rank, settings)
    for rank, other in enumerate(of_rank):
        for words, value in of_rank[0].items():
            if other.get(words) != value:
                if dist.get_rank():
                    sys.exit(1)
                here, there = _first_difference(value, other.get(words))
                raise ValueError(
                    f'the processes differ in {words}: {here!r} on rank 0, {there!r} on rank '
                    f'{rank}; start all of them with the same config, options and files'
                )


def _first_difference(here: Any, there: Any) -> tuple[Any, Any]:
    if isinstance(here, (list, tuple)) and isinstance(there, (list, tuple)):
        return next((a, b) for a, b in zip_longest(here, there) if a != b)
    return here, there
