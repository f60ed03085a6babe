"""Words that a text model cannot tell apart: cut, unknown, spelt letter by letter, or of equal features."""

import re
import unicodedata
import warnings
from collections.abc import Sequence, Set

import torch
import torch.nn.functional as F
from torch import Tensor

from ext.templates import fill_template
from seg.text_classifier.classifier import distinct_candidates
from seg.text_classifier.prompts.features import TextEncoder
from seg.text_classifier.similarity import nearest_classes

_EQUAL = 1 - 1e-6  # cosine of rows that differ by the rounding of float32 alone
_NEAR = (
    0.999  # so near lie the words that a text model does not know: measured with the embedded CLIP
)
_SHOWN = 3
_ROWS = 1024  # compared with all others at once; bounds the memory of any vocabulary


class SameFeaturesError(ValueError):
    """Two classes have the same features; names them."""


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


def warn_of_spelt_words(encoder: TextEncoder, names: Sequence[str]) -> None:
    """Warn of words that the tokenizer knows so little that it spells them out, nearly byte by byte.

    Such words were rare where the text model learned, those of a language that it does not speak or with
    a slip of the pen. A word is counted as spelt with three tokens or more, and more than one for every
    two of its bytes: none of ADE20K's words is to CLIP's tokenizer, all of a Chinese text.

    Args:
        encoder: The text encoder.
        names: Candidates.
    """
    words = sorted({word for name in names for word in re.findall(r'\w+', name)})
    tokens = encoder.tokenize(['', *words])
    used = (tokens != tokens[0, -1]).sum(1)  # the empty string ends in padding
    counts = (used[1:] - used[0]).tolist()
    spelt = {
        word
        for word, count in zip(words, counts, strict=True)
        if count >= 3 and count > len(word.encode()) / 2
    }
    concerned = [name for name in names if spelt.intersection(re.findall(r'\w+', name))]
    if concerned:
        warnings.warn(
            f'the tokenizer spells out words of {len(concerned):,} of {len(names):,} names, which the '
            f'text model then hardly knows: {_listed(concerned)}; check their spelling, or give them in '
            "the text model's language",
            stacklevel=2,
        )


def unknown_words(trained_words: Set[str], names: Sequence[str]) -> list[str]:
    """Words of candidates, and signs such as emojis, that a text model was not trained on.

    Args:
        trained_words: The words that it was trained on.
        names: Candidates.
    """
    words = (word for name in names for word in re.findall(r'\w+|[^\w\s\x00-\x7f]', name))
    return [word for word in dict.fromkeys(words) if word not in trained_words]


def warn_of_unknown_words(trained_words: Set[str], names: Sequence[str]) -> None:
    """Warn of :func:`unknown_words`."""
    unknown = unknown_words(trained_words, names)
    if unknown:
        warnings.warn(
            f'the text model was never trained on {_listed(unknown, 10)}, and cannot know what that '
            f'means: it knows {_listed(sorted(trained_words))} words; give others, or take a CLIP that '
            'was trained on photographs, such as ViT-B-16',
            stacklevel=2,
        )


def warn_of_near_classes(classifier: Tensor, classes: Sequence[str]) -> None:
    """Warn of classes with a word that the text model hardly tells from one of another class.

    Args:
        classifier: Tensor[C, K, D] of unit rows.
        classes: C class names, each with its synonyms.
    """
    if len(classes) < 2:
        return
    nearest, cosines = nearest_classes(classifier, 1)
    near = {
        frozenset((index, int(nearest[index, 0]))): float(cosines[index, 0])
        for index in (cosines[:, 0] >= _NEAR).nonzero()[:, 0].tolist()
    }
    if near:
        names = [own.split(',')[0] for own in classes]
        shown = [
            f'{_listed([names[i] for i in sorted(pair)])} (cosine {cosine:.4f})'
            for pair, cosine in list(near.items())[:_SHOWN]
        ]
        warnings.warn(
            f'the text model hardly tells {len(frozenset().union(*near))} of {len(classes):,} classes '
            f'from another one, which can then hardly be learned: {"; ".join(shown)}; give them other '
            'words, or take a text model that knows these',
            stacklevel=2,
        )


def require_distinct_classes(features: Tensor, candidates: Sequence[Sequence[str]]) -> None:
    """Refuse two classes that the text model cannot tell apart; warn of words of which that is true.

    Args:
        features: Tensor[N, D] of unit rows, in the order of
            :func:`~seg.text_classifier.classifier.distinct_candidates`.
        candidates: Candidates of each of the C classes.

    Raises:
        SameFeaturesError: If every candidate of a class has the features of one of another class, and the
            other way round.
    """
    names = distinct_candidates(candidates)
    owners = {name: index for index, own in enumerate(candidates) for name in own}
    first_equal, near = _compare(features, torch.tensor([owners[name] for name in names]))
    stands_for = dict(zip(names, first_equal, strict=True))
    seen: dict[frozenset[int], int] = {}
    for index, own in enumerate(candidates):
        first = seen.setdefault(frozenset(stands_for[name] for name in own), index)
        if first != index:
            raise SameFeaturesError(
                f'classes {first} and {index} cannot be told apart: the text model gives '
                f'{_listed([candidates[first][0], own[0]])} the same features; name one of them in '
                'other or shorter words, or leave it out'
            )
    if near:
        shown = [f'{_listed([names[i], names[j]])} (cosine {c:.4f})' for i, j, c in near[:_SHOWN]]
        warnings.warn(
            f'the text model hardly tells {len(near):,} of {len(names):,} words from one of another '
            f'class, which then can hardly be learned: {"; ".join(shown)}',
            stacklevel=2,
        )


def _compare(features: Tensor, owner: Tensor) -> tuple[list[int], list[tuple[int, int, float]]]:
    """Rows [N, D] with each other.

    Returns:
        The first row that equals each row within the rounding of float32, itself where none before
        it does; and the rows near one of another owner, each with the nearest such row and the cosine.
    """
    # In float64: of float32 rows the cosine with themselves may already fall short of equality.
    rows = F.normalize(features.double(), dim=-1)
    first_equal, near = [], []
    for start in range(0, len(rows), _ROWS):
        block = slice(start, start + _ROWS)
        cosine = rows[block] @ rows.T
        first_equal += (cosine >= _EQUAL).int().argmax(1).tolist()
        cosine[owner[block, None] == owner] = -1
        best, other = cosine.max(1)
        near += [
            (start + i, int(other[i]), float(best[i]))
            for i in (best >= _NEAR).nonzero()[:, 0].tolist()
        ]
    return first_equal, near


def _size(name: str) -> int:
    """Bytes of a name as tokenizers spell it out."""
    return len(unicodedata.normalize('NFKC', name).lower().encode())


def _listed(names: Sequence[str], count: int = _SHOWN) -> str:
    more = f' and {len(names) - count:,} more' if len(names) > count else ''
    return ', '.join(repr(_abbreviated(name)) for name in names[:count]) + more


def _abbreviated(name: str) -> str:
    return name if len(name) <= 60 else f'{name[:40]}...{name[-17:]}'
