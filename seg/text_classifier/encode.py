"""Words to a text classifier: candidates, prompts, features, tensor."""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import torch
import torch.distributed as dist
from torch import Tensor

from seg.runtime.launch import on_rank_zero
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.indistinct import (
    require_distinct_classes,
    warn_of_cut_prompts,
    warn_of_spelt_words,
    warn_of_unknown_words,
)
from seg.text_classifier.prompts.features import TextEncoder, candidate_features

_PROMPTS_BETWEEN_LOOKS = 1024  # at the clock, where there is a deadline


class KeptFeatures(Protocol):
    """Features of candidates that were encoded before."""

    def get(self, candidates: Sequence[str]) -> dict[str, Tensor]:
        """Those of the candidates that are kept, each Tensor[D]."""

    def put(self, candidates: Sequence[str], features: Tensor) -> None:
        """Keep the features Tensor[N, D] of N candidates."""


class Encoded(NamedTuple):
    """A text classifier, and what it cost.

    Attributes:
        classifier: Tensor[C, K, D] of unit rows, float32, on the CPU.
        prompts: Number of prompts encoded.
        kept: Number of candidates whose features were kept from before.
        seconds: Time spent encoding.
    """

    classifier: Tensor
    prompts: int
    kept: int
    seconds: float


def encode_classes(
    encoder: TextEncoder,
    classes: Sequence[str],
    templates: Sequence[str],
    *,
    kept: KeptFeatures | None = None,
    batch_size: int = 256,
    quiet: bool = False,
    deadline: float | None = None,
) -> Encoded:
    """Encode class names, each candidate once.

    Under an initialised process group the ranks share the prompts, and all get the result.

    Args:
        encoder: The text encoder, on the device where it is to run.
        classes: C class names, each with its synonyms.
        templates: Prompt templates.
        kept: Where features are taken from, and kept.
        batch_size: Prompts encoded at once.
        quiet: Show no progress bar.
        deadline: Moment on ``time.monotonic()``'s clock; what was encoded until then is kept.

    Raises:
        ValueError: If a name is empty, two classes are the same, or the same to the text model, or
            there are more processes than prompts, or features are not finite.
        TimeoutError: If the deadline passes.
        MemoryError: If a single prompt does not fit in memory.
    """
    candidates = split_classes(classes)
    names = distinct_candidates(candidates)
    rank, ranks = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    if ranks > len(names) * len(templates):
        total = len(names) * len(templates)
        raise ValueError(f'{ranks} processes for {total} prompts; start at most {total}')
    found = {} if kept is None else kept.get(names)
    missing = sorted(name for name in names if name not in found)
    if rank == 0:
        warn_of_cut_prompts(encoder, names, templates)
        if encoder.trained_words is None:
            warn_of_spelt_words(encoder, names)
        else:
            warn_of_unknown_words(encoder.trained_words, names)
    start = time.perf_counter()
    for part in _parts(missing, len(templates), deadline):
        for block, rows in candidate_features(
            encoder, part, templates, batch_size=batch_size, quiet=quiet or rank > 0
        ):
            if not rows.isfinite().all():
                raise ValueError(
                    'the text model gave features that are not finite; its weights are damaged, or '
                    'need --precision fp32'
                )
            found.update(zip(block, rows, strict=True))
            if kept is not None:
                kept.put(block, rows)
    seconds = time.perf_counter() - start
    features = torch.stack([found[name] for name in names])
    on_rank_zero(lambda: require_distinct_classes(features, candidates))
    return Encoded(
        assemble_classifier(features, candidates),
        prompts=len(missing) * len(templates),
        kept=len(names) - len(missing),
        seconds=seconds,
    )


def _parts(names: list[str], templates: int, deadline: float | None) -> Iterator[list[str]]:
    """The names as they are to be encoded at once: all of them, or few enough to look at the clock."""
    if deadline is None:
        yield names
        return
    size = max(1, _PROMPTS_BETWEEN_LOOKS // templates)
    for first in range(0, len(names), size):
        if time.monotonic() > deadline:
            raise TimeoutError
        yield names[first : first + size]
