"""Groups of pictures that are alike are those that comparing all pairs finds."""

import numpy as np

from seg.datasets.browse.alike import MOST_BITS, alike_groups, same_groups


def test_no_pair_is_missed():
    rng = np.random.default_rng(0)
    hashes = []
    for _ in range(40):
        bits = rng.integers(0, 2, 256)
        for _ in range(rng.integers(1, 4)):  # each up to nine bits away from the last one
            hashes.append(np.packbits(bits).tobytes())
            bits[rng.choice(256, rng.integers(0, 10), replace=False)] ^= 1
    numbers = [int.from_bytes(own, 'big') for own in hashes]
    group = list(range(len(hashes)))
    for one in range(len(hashes)):
        for two in range(one):
            if (numbers[one] ^ numbers[two]).bit_count() <= MOST_BITS:
                group = [group[one] if own == group[two] else own for own in group]
    expected = [[i for i, own in enumerate(group) if own == number] for number in set(group)]
    assert alike_groups(hashes) == sorted(own for own in expected if len(own) > 1)
    assert any(len(own) > 2 for own in expected)


def test_what_could_not_be_read_is_like_nothing():
    assert alike_groups([b'', b'']) == [] and same_groups([b'', b'', b'x', b'x']) == [[2, 3]]
