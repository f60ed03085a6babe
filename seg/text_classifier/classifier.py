"""Candidate features to the text classifier, a tensor of C classes x K candidates x D."""

from collections.abc import Sequence

import torch
from torch import Tensor


def distinct_candidates(candidates: Sequence[Sequence[str]]) -> list[str]:
    """Every candidate of every class once, in the order of first appearance."""
    return list(dict.fromkeys(name for own in candidates for name in own))


def assemble_classifier(features: Tensor, candidates: Sequence[Sequence[str]]) -> Tensor:
    """Lay candidate features out by class.

    A class with fewer than K candidates repeats its first one, so that a maximum over the
    candidates is unaffected.

    Args:
        features: Tensor[N, D], in the order of :func:`distinct_candidates`.
        candidates: Candidates of each of the C classes.

    Returns:
        Tensor[C, K, D] with K the largest number of candidates of a class.
    """
    row = {name: index for index, name in enumerate(distinct_candidates(candidates))}
    width = max(len(own) for own in candidates)
    rows = [[row[name] for name in own] + [row[own[0]]] * (width - len(own)) for own in candidates]
    return features[torch.tensor(rows)]


def rows_of_candidates(
    candidates: Sequence[Sequence[str]], classifier: Tensor
) -> dict[str, Tensor]:
    """The features Tensor[D] of each candidate in a classifier Tensor[C, K, D] that was assembled of them."""
    return {
        name: row
        for own, of_class in zip(candidates, classifier, strict=True)
        for name, row in zip(own, of_class, strict=False)
    }


def confusable_pairs(classifier: Tensor, count: int = 5) -> list[tuple[int, int, float]]:
    """The pairs of classes that lie closest, by the largest cosine between their candidates.

    Args:
        classifier: Tensor[C, K, D] of unit rows.
        count: Number of pairs.

    Returns:
        At most ``count`` tuples ``(class, other class, cosine)``, the closest pair first.
    """
    classes, width, _ = classifier.shape
    rows = classifier.flatten(0, 1)
    closest: list[tuple[int, int, float]] = []
    for index in range(classes - 1):  # one class at a time: memory stays linear in C
        cosine = classifier[index] @ rows[(index + 1) * width :].T
        best, other = (
            cosine.unflatten(1, (-1, width)).amax(dim=(0, 2)).topk(min(count, classes - index - 1))
        )
        closest += [
            (index, index + 1 + o, b) for b, o in zip(best.tolist(), other.tolist(), strict=True)
        ]
        closest = sorted(closest, key=lambda pair: -pair[2])[:count]
    return closest
