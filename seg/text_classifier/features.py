"""Candidates to candidate features: fill the templates, encode, normalise, average, normalise."""

import sys
from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ext.templates import fill_template

Encode = Callable[[list[str]], Tensor]


def candidate_features(
    encode: Encode,
    candidates: Sequence[str],
    templates: Sequence[str],
    *,
    batch_size: int = 256,
    quiet: bool = False,
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
        quiet: Show no progress bar; there is none either where stderr is not a terminal.

    Returns:
        Tensor[N, D], float32, on the CPU, every row of unit L2 norm.

    Raises:
        ValueError: If there are more ranks than prompts.
        MemoryError: If a single prompt does not fit.
    """
    start, stop = share(len(candidates) * len(templates))
    sums: Tensor | None = None
    bar = tqdm(total=stop - start, unit='prompt', desc='encoding', disable=quiet or None)
    with bar:
        while start < stop:
            indices = range(start, min(start + batch_size, stop))
            pairs = [divmod(index, len(templates)) for index in indices]
            try:
                encoded = encode([fill_template(templates[t], candidates[c]) for c, t in pairs])
                encoded = F.normalize(encoded.float(), dim=-1)
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                batch_size = _halve(len(pairs))
                continue
            if sums is None:
                sums = encoded.new_zeros(len(candidates), encoded.shape[-1])
            owners = torch.tensor([c for c, _ in pairs], device=encoded.device)
            sums.index_add_(0, owners, encoded)
            start = indices.stop
            bar.update(len(pairs))
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


def _halve(batch_size: int) -> int:
    if batch_size == 1:
        raise MemoryError(
            'out of memory with a single prompt; free memory, or use --device cpu, '
            '--precision bf16 or a smaller --model'
        ) from None
    tqdm.write(f'out of memory; going on with batches of {batch_size // 2}', file=sys.stderr)
    return batch_size // 2


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or (
        "can't allocate memory" in str(error)
    )
