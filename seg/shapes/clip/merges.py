"""Byte pair merges of a closed vocabulary, in the format of open_clip's tokenizer."""

import gzip
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_HEADER = '#version: 0.2'


def learn_merges(words: Sequence[str]) -> list[tuple[str, str]]:
    """Merges that make one token of every word, the most frequent pair first (arXiv 1508.07909).

    Args:
        words: Distinct lower-case words of the letters a to z.
    """
    split = [[*word[:-1], f'{word[-1]}</w>'] for word in words]
    merges = []
    while pairs := Counter(pair for parts in split for pair in pairwise(parts)):
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        split = [_merge(parts, best) for parts in split]
    return merges


def merges_file(merges: Sequence[tuple[str, str]]) -> bytes:
    """Content of the file that open_clip's ``SimpleTokenizer`` reads; the same for the same merges."""
    text = '\n'.join([_HEADER, *(' '.join(pair) for pair in merges)])
    return gzip.compress(text.encode(), mtime=0)


def _merge(parts: list[str], pair: tuple[str, str]) -> list[str]:
    merged, index = [], 0
    while index < len(parts):
        step = 2 if tuple(parts[index : index + 2]) == pair else 1
        merged.append(''.join(parts[index : index + step]))
        index += step
    return merged
