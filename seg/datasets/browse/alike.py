"""Pictures that are there twice, or almost."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from seg.datasets.browse.kinds import Finding

#: Bits of 256 in which pictures that are alike differ at most: what JPEG and resizing change.
MOST_BITS = 7
_BANDS = MOST_BITS + 1  # that many differences leave one of so many bands as it is
# A band of neighbouring pixels would be the same sky in thousands of pictures.
_SCATTERED = np.random.default_rng(0).permutation(8 * 32)


def same_groups(digests: Sequence[bytes]) -> list[list[int]]:
    """Places of files with the same bytes, two and more in a group; b'' is none's."""
    places: dict[bytes, list[int]] = defaultdict(list)
    for place, digest in enumerate(digests):
        if digest:
            places[digest].append(place)
    return [group for group in places.values() if len(group) > 1]


def alike_groups(hashes: Sequence[bytes]) -> list[list[int]]:
    """Places of pictures whose hashes differ in few bits, directly or through others.

    Only hashes that share one of eight bands are compared, which misses none.

    Args:
        hashes: 32 bytes each; b'' is like no other.
    """
    first = dict.fromkeys(own for own in hashes if own)
    if not first:
        return []
    table = np.array([np.frombuffer(own, np.uint8) for own in first])
    bands = np.packbits(np.unpackbits(table, axis=1)[:, _SCATTERED], axis=1)
    parent = list(range(len(first)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    for band in np.split(bands, _BANDS, axis=1):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for row, own in enumerate(band):
            buckets[own.tobytes()].append(row)
        for bucket in buckets.values():
            for number, row in enumerate(bucket[:-1]):
                rest = bucket[number + 1 :]
                differing = np.unpackbits(table[rest] ^ table[row], axis=1).sum(1)
                for place in np.flatnonzero(differing <= MOST_BITS):
                    parent[root(rest[place])] = root(row)
    rows = {own: row for row, own in enumerate(first)}
    groups: dict[int, list[int]] = defaultdict(list)
    for place, own in enumerate(hashes):
        if own:
            groups[root(rows[own])].append(place)
    return sorted(group for group in groups.values() if len(group) > 1)


def find_repeats(
    digests: Sequence[bytes], hashes: Sequence[bytes], names: Sequence[str], splits: Sequence[int]
) -> dict[int, list[Finding]]:
    """What is to be said of pictures that are there more than once, by their places.

    Args:
        digests: Of the files' bytes, see :func:`same_groups`.
        hashes: Of the pictures, see :func:`alike_groups`.
        names: Of the pictures.
        splits: The split of each.
    """
    found: dict[int, list[Finding]] = defaultdict(list)
    for group in same_groups(digests):
        _tell(found, group, 'twin', 'same file as', names, splits)
    for group in alike_groups(hashes):
        if len({digests[place] for place in group}) > 1:
            _tell(found, group, 'alike', 'much like', names, splits)
    return found


def _tell(
    found: dict[int, list[Finding]],
    group: list[int],
    kind: str,
    words: str,
    names: Sequence[str],
    splits: Sequence[int],
) -> None:
    across = ', in the other split' if len({splits[place] for place in group}) > 1 else ''
    for place in group:
        elsewhere = [other for other in group if splits[other] != splits[place]]
        other = (elsewhere or [own for own in group if own != place])[0]
        more = f' and {len(group) - 2:,} more' if len(group) > 2 else ''
        found[place].append(Finding(kind, f'{words} {names[other]}{across}{more}', group=group[0]))
