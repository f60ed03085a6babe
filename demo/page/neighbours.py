"""Why a segment may have got its word: the words that the text model takes for the most similar."""

from collections.abc import Iterable
from typing import NamedTuple

import torch

from seg.models.vocabulary import EncodedVocabulary
from seg.text_classifier.candidates import split_candidates


class Neighbour(NamedTuple):
    """A class that is close to another one.

    Attributes:
        name: Its first candidate.
        cosine: The largest cosine between a candidate of the one and one of the other.
    """

    name: str
    cosine: float


def nearest_words(
    vocabulary: EncodedVocabulary, labels: Iterable[int], count: int = 3
) -> dict[int, list[Neighbour]]:
    """The classes closest to each of some, the closest first.

    The rows are compared for the classes asked for alone: a vocabulary may have thousands.

    Args:
        vocabulary: The typed words.
        labels: Indices of classes.
        count: How many to name; fewer where there are no more.
    """
    found = {}
    for label in sorted(set(labels)):
        own = vocabulary.rows[vocabulary.owner == label]
        cosines = torch.full((vocabulary.num_classes,), -torch.inf, device=own.device)
        cosines.scatter_reduce_(0, vocabulary.owner, (own @ vocabulary.rows.T).amax(0), 'amax')
        cosines[label] = -torch.inf
        best, index = cosines.topk(min(count, len(cosines) - 1))
        found[label] = [
            Neighbour(split_candidates(vocabulary.classes[i])[0], cosine)
            for i, cosine in zip(index.tolist(), best.tolist(), strict=True)
        ]
    return found
