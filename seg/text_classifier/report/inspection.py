"""A classifier file as text: what it holds, and which of its classes lie close together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from seg.text_classifier.classifier import confusable_pairs
from seg.text_classifier.similarity import (
    closest_candidates,
    least_own_similarity,
    nearest_classes,
)


def describe_content(path: Path, classifier: Tensor, manifest: dict[str, Any]) -> list[str]:
    """Lines that tell what a checked file holds: shape, digest, text model, templates, counts."""
    norms = classifier.norm(dim=-1)
    sizes = [len(own) for own in manifest['candidates']]
    return [
        f'ok:         {path}',
        f'shape:      {list(classifier.shape)} float32',
        f'norms:      {norms.min():.6f} to {norms.max():.6f}',
        f'sha256:     {manifest["sha256"]}',
        f'text model: {manifest["architecture"]}, {manifest["pretrained"] or "random weights"}, '
        f'{manifest["precision"]}',
        f'templates:  {len(manifest["templates"])}',
        f'classes:    {len(sizes)}, {sum(sizes)} candidates, at most {max(sizes)} a class',
    ]


def describe_classes(
    classifier: Tensor, candidates: list[list[str]], neighbours: int = 3
) -> list[str]:
    """A table with one line a class: its nearest neighbours, and its candidates.

    The column "own" is the smallest cosine between two candidates of the class. Where it is smaller
    than that of the nearest neighbour, the class is wider than its distance to another.

    Args:
        classifier: Tensor[C, K, D] of unit rows.
        candidates: Candidates of each of the C classes.
        neighbours: Number of nearest neighbours.
    """
    indices, cosines = nearest_classes(classifier, neighbours)
    own = least_own_similarity(classifier).tolist()
    rows = [('', 'class', 'own', 'nearest classes (cosine)', 'candidates')]
    for number, words in enumerate(candidates):
        near = ', '.join(
            f'{candidates[other][0]} {cosine:.3f}'
            for other, cosine in zip(
                indices[number].tolist(), cosines[number].tolist(), strict=True
            )
        )
        width = f'{own[number]:.3f}' if len(words) > 1 else '-'
        rows.append((str(number), words[0], width, near or '-', ', '.join(words)))
    return align(rows)


def describe_confusable(
    classifier: Tensor, candidates: list[list[str]], count: int = 5, *, words: bool = False
) -> list[str]:
    """The pairs of classes that lie closest, under a headline; no line where there is one class.

    Args:
        classifier: Tensor[C, K, D] of unit rows.
        candidates: Candidates of each of the C classes.
        count: Number of pairs.
        words: Tell also which candidate of each is the cause.
    """
    lines = []
    for a, b, cosine in confusable_pairs(classifier, count):
        line = f'  {cosine:.3f}  {candidates[a][0]} / {candidates[b][0]}'
        if words:
            of_a, of_b = closest_candidates(
                classifier[a, : len(candidates[a])], classifier[b, : len(candidates[b])]
            )
            line += f'  (by {candidates[a][of_a]!r} and {candidates[b][of_b]!r})'
        lines.append(line)
    return ['most confusable classes (cosine):', *lines] if lines else []


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines, every column but the last as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        '  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
