"""Candidates to candidate features: fill the templates, encode, normalise, average, normalise."""

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ext.templates import fill_template
from seg.text_classifier.prompts.prefix_tree import sort_prompts

# Prompts that are tokenised, sorted and averaged together; bounds the memory of any vocabulary.
BLOCK_PROMPTS = 8192
# A batch ends, too, where its prompts have this many tokens of their own for each that it may hold,
# which bounds its memory for prompts of any length.
TOKENS_PER_PROMPT = 4
# Batches that share prefixes go through a layer one after the other, before any goes through the next;
# so many of full size have their states in memory at once.
BATCHES_AT_ONCE = 32


class TextEncoder(Protocol):
    """What is asked of a text encoder."""

    @property
    def shares_prefixes(self) -> bool:
        """Whether a prompt costs only the tokens that it does not share with the one before it.

        Else it costs as much as any other.
        """

    @property
    def trained_words(self) -> frozenset[str] | None:
        """The words of names that it was trained on; None where nobody knows."""

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Tokens of N texts, Tensor[N, L], on the CPU."""

    def is_cut(self, texts: Sequence[str]) -> list[bool]:
        """Whether each of N texts has more tokens than :meth:`tokenize` keeps."""

    def lengths(self, tokens: Tensor) -> Tensor:
        """How many leading tokens of each text its feature depends on, Tensor[N, L] to Tensor[N]."""

    def encode_batches(
        self, batches: Sequence[Tensor], progress: Callable[[float], object] | None = None
    ) -> Tensor:
        """Features of N tokenised texts in batches, each Tensor[N_i, L], to Tensor[N, D].

        They are not normalised. ``progress`` hears the part of the work that is done, up to 1.
        """


def candidate_features(
    encoder: TextEncoder,
    candidates: Sequence[str],
    templates: Sequence[str],
    *,
    batch_size: int = 256,
    quiet: bool = False,
) -> Iterator[tuple[list[str], Tensor]]:
    """Mean feature of each candidate over the prompt templates, a block of candidates at a time.

    Each prompt's feature is normalised, the features of a candidate are averaged, and the mean is
    normalised (CLIP's prompt ensemble, arXiv 2103.00020, section 3.1.4). Equal prompts are encoded
    once. Under an initialised process group the ranks share out the prompts of each block, and all
    of them get the result.

    Args:
        encoder: The text encoder.
        candidates: Distinct candidates.
        templates: T prompt templates.
        batch_size: Prompts of a batch. Of those that share prefixes, up to :data:`BATCHES_AT_ONCE`
            batches have their states in memory; when it runs out, fewer, and then smaller ones.
        quiet: Show no progress bar; there is none either where stderr is not a terminal.

    Yields:
        M candidates, in the order of the alphabet over all blocks, and Tensor[M, D], float32, on the
        CPU, every row of unit L2 norm.

    Raises:
        MemoryError: If a single prompt does not fit.
    """
    rank, ranks = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    ordered = sorted(candidates)
    size = max(1, BLOCK_PROMPTS // len(templates))
    batches = _Batches(encoder, batch_size)
    with tqdm(
        total=len(ordered) * len(templates), unit='prompt', desc='encoding', disable=quiet or None
    ) as bar:
        for first in range(0, len(ordered), size):
            names = ordered[first : first + size]
            tokens = encoder.tokenize([fill_template(t, name) for name in names for t in templates])
            prompts = sort_prompts(tokens.numpy(), encoder.lengths(tokens).numpy())
            cost = prompts.added if encoder.shares_prefixes else np.ones(len(prompts.prompt))
            own = share(cost, ranks)[rank]
            # A rank without a share encodes one row to learn D; no sum takes it.
            taken = slice(own.start, own.stop) if own else slice(1)
            rows = tokens[torch.from_numpy(prompts.prompt[taken])]
            start, stop = first * len(templates), first * len(templates) + len(tokens)
            show = partial(_show, bar, start, stop)
            encoded = batches.encode(rows, cost[taken], show)
            show(1)
            means = _sum_by_candidate(encoded, prompts.row, own, len(names))
            if ranks > 1:
                dist.all_reduce(means)
            yield names, F.normalize(means, dim=-1).cpu()


def _show(bar: tqdm, start: int, stop: int, part: float) -> None:
    """Move a bar to a part of the way from ``start`` to ``stop``, if it is not further already."""
    bar.update(max(0, start + int(part * (stop - start)) - bar.n))


def share(cost: np.ndarray, ranks: int) -> list[range]:
    """Cut rows into one run a rank, so that the runs cost as nearly the same as whole rows allow.

    Args:
        cost: Cost of each of the R rows.
        ranks: Number of runs; some are empty if it exceeds R.
    """
    total = np.concatenate([[0], np.cumsum(cost)])
    ends = np.abs(total[:, None] - total[-1] * np.arange(ranks + 1) / ranks).argmin(axis=0)
    return [range(start, stop) for start, stop in itertools.pairwise(ends.tolist())]


def _sum_by_candidate(features: Tensor, row: np.ndarray, own: range, candidates: int) -> Tensor:
    """Sums [M, D] over the prompts of each candidate, of those prompts whose row is in ``own``.

    Args:
        features: Tensor[len(own), D].
        row: Row of each prompt, int array [M * T], the prompts of a candidate side by side.
        own: The rows that ``features`` holds.
        candidates: Number M.
    """
    prompt = np.flatnonzero((row >= own.start) & (row < own.stop))
    owner = torch.from_numpy(prompt // (len(row) // candidates)).to(features.device)
    taken = features[torch.from_numpy(row[prompt] - own.start).to(features.device)]
    return features.new_zeros(candidates, features.shape[1]).index_add_(0, owner, taken)


class _Batches:
    """Encodes prompts in batches, in smaller ones once memory has run out."""

    def __init__(self, encoder: TextEncoder, size: int) -> None:
        self.encoder = encoder
        self.size = size
        # Where nothing is shared, nothing is saved by more than one.
        self.at_once = BATCHES_AT_ONCE if encoder.shares_prefixes else 1

    def encode(
        self, tokens: Tensor, cost: np.ndarray, progress: Callable[[float], object]
    ) -> Tensor:
        """Normalised float32 features, Tensor[N, L] to Tensor[N, D].

        Args:
            tokens: The prompts, in the order of their prefixes.
            cost: int array [N], tokens that each has to itself, or ones.
            progress: Hears the part of the prompts that is done.
        """
        found: list[Tensor] = []
        start = 0
        while start < len(tokens):
            batches = tokens[start:].split(self._sizes(cost[start:]))[: self.at_once]
            stop = start + sum(map(len, batches))
            show = partial(_tell, progress, start / len(tokens), stop / len(tokens))
            try:
                features = self.encoder.encode_batches(batches, show)
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                self._shrink(batches)
                continue
            found.append(F.normalize(features.float(), dim=-1))
            start = stop
            show(1)
        return torch.cat(found)

    def _shrink(self, batches: Sequence[Tensor]) -> None:
        """Hold fewer batches at once from now on, or smaller ones where it was one alone."""
        if len(batches) > 1:
            self.at_once = len(batches) // 2
            tqdm.write(
                f'out of memory; fewer batches at once from now on: {self.at_once}', file=sys.stderr
            )
        else:
            self.size = _halve(len(batches[0]))

    def _sizes(self, cost: np.ndarray) -> list[int]:
        """Sizes of batches that hold no more prompts, and no more tokens, than one may."""
        spent = np.concatenate([[0], np.cumsum(cost)])
        sizes, start = [], 0
        while start < len(cost):
            most = spent[start] + TOKENS_PER_PROMPT * self.size
            fits = int(np.searchsorted(spent, most, side='right')) - 1
            sizes.append(max(1, min(self.size, fits - start)))
            start += sizes[-1]
        return sizes


def _tell(progress: Callable[[float], object], start: float, stop: float, part: float) -> None:
    """Tell a part of the way from ``start`` to ``stop`` as a part of the whole."""
    progress(start + part * (stop - start))


def _halve(batch_size: int) -> int:
    if batch_size == 1:
        raise MemoryError(
            'out of memory with a single prompt; free memory, or use --device cpu, '
            '--precision bf16 or a smaller --model'
        ) from None
    tqdm.write(f'out of memory; continuing with batches of {batch_size // 2}', file=sys.stderr)
    return batch_size // 2


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or (
        "can't allocate memory" in str(error)
    )
