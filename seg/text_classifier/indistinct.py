"""Words that a text model cannot tell apart: prompts cut at its context length, and equal features."""

import unicodedata
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from ext.templates import fill_template
from seg.text_classifier.classifier import distinct_candidates
from seg.text_classifier.features import TextEncoder

_EQUAL = 1 - 1e-6  # cosine of float32 unit rows that differ by rounding alone
_NEAR = (
    0.999  # so near lie the words that a text model does not know: measured with the embedded CLIP
)
_SHOWN = 3
_ROWS = 1024  # compared with all others at once; bounds the memory of any vocabulary


def warn_of_cut_prompts(
    encoder: TextEncoder, names: Sequence[str], templates: Sequence[str]
) -> None:
    """Warn of candidates with prompts that are longer than the text model reads, which cuts them.

    Args:
        encoder: The text encoder.
        names: Candidates.
        templates: Prompt templates.
    """
    context = encoder.tokenize(['']).shape[1]
    # No tokenizer makes more tokens than bytes and the two that mark start and end.
    room = context - 2 - max(len(template.encode()) for template in templates)
    long = [name for name in names if _size(name) > room]
    counts = {
        name: sum(encoder.is_cut([fill_template(template, name) for template in templates]))
        for name in long
    }
    cut = [name for name, count in counts.items() if count]
    if cut:
        warnings.warn(
            f'{sum(counts.values()):,} of {len(names) * len(templates):,} prompts are longer than the '
            f'{context} tokens that the text model reads, and cut there: those of {_listed(cut)}; '
            'use shorter words or templates',
            stacklevel=2,
        )


def require_distinct_classes(features: Tensor, candidates: Sequence[Sequence[str]]) -> None:
    """Refuse two classes that the text model cannot tell apart; warn of words of which that is true.

    Args:
        features: Tensor[N, D] of unit rows, in the order of
            :func:`~seg.text_classifier.classifier.distinct_candidates`.
        candidates: Candidates of each of the C classes.

    Raises:
        ValueError: If every candidate of a class has the features of one of another class, and the
            other way round.
    """
    names = distinct_candidates(candidates)
    stands_for = dict(zip(names, _first_equal(features), strict=True))
    seen: dict[frozenset[int], int] = {}
    for index, own in enumerate(candidates):
        first = seen.setdefault(frozenset(stands_for[name] for name in own), index)
        if first != index:
            raise ValueError(
                f'classes {first} and {index} cannot be told apart: the text model gives '
                f'{_listed([candidates[first][0], own[0]])} the same features; name one of them in '
                'other or shorter words, or leave it out'
            )
    owners = {name: index for index, own in enumerate(candidates) for name in own}
    count, pairs = _near_words(features, torch.tensor([owners[name] for name in names]))
    if count:
        shown = [f'{_listed([names[i], names[j]])} (cosine {near:.4f})' for i, j, near in pairs]
        warnings.warn(
            f'the text model hardly tells {count:,} of {len(names):,} words from one of another '
            f'class, which then can hardly be learned: {"; ".join(shown)}',
            stacklevel=2,
        )


def _near_words(features: Tensor, owner: Tensor) -> tuple[int, list[tuple[int, int, float]]]:
    """Number of rows near one of another owner, and the first few of them with the nearest such row."""
    count, pairs = 0, []
    for first in range(0, len(features), _ROWS):
        rows = slice(first, first + _ROWS)
        cosine = features[rows] @ features.T
        cosine[owner[rows, None] == owner] = -1
        best, other = cosine.max(1)
        near = (best >= _NEAR).nonzero()[:, 0].tolist()
        count += len(near)
        pairs += [(first + i, int(other[i]), float(best[i])) for i in near[: _SHOWN - len(pairs)]]
    return count, pairs


def _first_equal(features: Tensor) -> list[int]:
    """For each row of Tensor[N, D], the first row that equals it within rounding."""
    blocks = [(rows @ features.T >= _EQUAL).int().argmax(1) for rows in features.split(_ROWS)]
    return torch.cat(blocks).minimum(torch.arange(len(features), device=features.device)).tolist()


def _size(name: str) -> int:
    """Bytes of a name as tokenizers spell it out."""
    return len(unicodedata.normalize('NFKC', name).lower().encode())


def _listed(names: Sequence[str]) -> str:
    more = f' and {len(names) - _SHOWN:,} more' if len(names) > _SHOWN else ''
    return ', '.join(repr(_abbreviated(name)) for name in names[:_SHOWN]) + more


def _abbreviated(name: str) -> str:
    return name if len(name) <= 60 else f'{name[:40]}...{name[-17:]}'
