"""How alike classes are: the largest cosine between a candidate of one and a candidate of the other."""

from collections.abc import Iterator

import torch
from torch import Tensor

_CHUNK_COSINES = 2**24  # computed at once; bounds the memory of any vocabulary


def class_similarity(classifier: Tensor) -> Tensor:
    """Largest cosine between the candidates of every two classes.

    Args:
        classifier: Tensor[C, K, D] of unit rows.

    Returns:
        Tensor[C, C], symmetric, with ones on the diagonal.
    """
    return torch.cat([rows for _, rows in _rows(classifier)])


def nearest_classes(classifier: Tensor, count: int = 3) -> tuple[Tensor, Tensor]:
    """The classes that lie closest to each class, itself left out, the closest first.

    Args:
        classifier: Tensor[C, K, D] of unit rows.
        count: Number N of neighbours; less where there are fewer than N other classes.

    Returns:
        Class indices [C, N] and their cosines [C, N].
    """
    cosines, indices = [], []
    for first, rows in _rows(classifier):
        own = torch.arange(len(rows))
        rows[own, first + own] = -torch.inf
        best, index = rows.topk(min(count, len(classifier) - 1), dim=1)
        cosines.append(best)
        indices.append(index)
    return torch.cat(indices), torch.cat(cosines)


def closest_candidates(first: Tensor, second: Tensor) -> tuple[int, int]:
    """Which candidate of the one class and which of the other lie closest, [K, D] and [K', D]."""
    index = int((first @ second.T).argmax())
    return divmod(index, len(second))


def least_own_similarity(classifier: Tensor) -> Tensor:
    """The smallest cosine between two candidates of the same class, Tensor[C, K, D] to Tensor[C]."""
    return (classifier @ classifier.mT).amin(dim=(1, 2))


def _rows(classifier: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Runs of rows of the similarity matrix, each with the index of its first class."""
    classes, width, _ = classifier.shape
    candidates = classifier.flatten(0, 1).T
    step = max(1, _CHUNK_COSINES // (classes * width * width))
    for first in range(0, classes, step):
        cosine = classifier[first : first + step].flatten(0, 1) @ candidates
        yield first, cosine.view(-1, width, classes, width).amax(dim=(1, 3))
