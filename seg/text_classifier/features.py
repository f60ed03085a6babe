"""Candidates to candidate features: fill the templates, encode, normalise, average, normalise."""

from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

from ext.templates import fill_template

Encode = Callable[[list[str]], Tensor]


def candidate_features(
    encode: Encode,
    candidates: Sequence[str],
    templates: Sequence[str],
    *,
    batch_size: int = 256,
    progress: Callable[[int], None] | None = None,
    on_smaller_batch: Callable[[int], None] | None = None,
) -> Tensor:
    """Mean feature of each candidate over the prompt templates.

    Each prompt's feature is normalised, the features of a candidate are averaged, and the mean is
    normalised (CLIP's prompt ensemble, arXiv 2103.00020, section 3.1.4). Under an initialised
    process group the prompts are shared out over the ranks and the result is the same on all.

    Args:
        encode: ``encode(list of N str) -> Tensor[N, D]``.
        candidates: N distinct candidates.
        templates: T prompt templates.
        batch_size: Prompts encoded at once; halved when memory runs out.
        progress: Called with the number of prompts just encoded.
        on_smaller_batch: Called with the new batch size after memory ran out.

    Returns:
        Tensor[N, D], float32, on the CPU, every row of unit L2 norm.

    Raises:
        ValueError: If there are more ranks than prompts.
        MemoryError: If a single prompt does not fit.
    """
    total = len(candidates) * len(templates)
    start, stop = share(total)
    sums: Tensor | None = None
    while start < stop:
        indices = range(start, min(start + batch_size, stop))
        prompts = [
            fill_template(templates[i % len(templates)], candidates[i // len(templates)])
            for i in indices
        ]
        try:
            encoded = F.normalize(encode(prompts).float(), dim=-1)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            batch_size = len(prompts) // 2
            if batch_size < 1:
                raise MemoryError(
                    'out of memory with a single prompt; free memory, or use --device cpu, '
                    '--precision bf16 or a smaller --model'
                ) from None
            if on_smaller_batch:
                on_smaller_batch(batch_size)
            continue
        if sums is None:
            sums = encoded.new_zeros(len(candidates), encoded.shape[-1])
        owners = torch.tensor([i // len(templates) for i in indices], device=encoded.device)
        sums.index_add_(0, owners, encoded)
        start = indices.stop
        if progress:
            progress(len(prompts))
    if dist.is_initialized():
        dist.all_reduce(sums)
    return F.normalize(sums, dim=-1).cpu()


def share(total: int) -> tuple[int, int]:
    """The half-open range of ``total`` prompts that this rank encodes; sizes differ by one at most.

    Raises:
        ValueError: If there are more ranks than prompts.
    """
    rank, ranks = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    if ranks > total:
        raise ValueError(f'{ranks} processes for {total} prompts; start at most {total}')
    return total * rank // ranks, total * (rank + 1) // ranks


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or (
        "can't allocate memory" in str(error)
    )
