"""Random panoptic images: things 0 to 2, stuff 3 and 4, rectangles laid over each other."""

import numpy as np
import pytest

THINGS, CLASSES = 3, 5


@pytest.fixture(scope='session')
def random_image():
    return _random_image


def _random_image(rng, size=32, void=True, crowd=True, agreement=0.75):
    """A prediction in mmdet's encoding, true ids, and true segments as mmdet's dataset gives them."""
    true = np.zeros((size, size), int)
    segments = {}
    for label in [*rng.integers(0, THINGS, rng.integers(1, 9)), *range(THINGS, CLASSES)]:
        segment = int(rng.integers(1, 256**3))
        segments[segment] = {
            'category': int(label),
            'is_thing': bool(label < THINGS and not (crowd and rng.random() < 0.3)),
        }
        true[_rectangle(rng, size)] = segment
    pred = np.full((size, size), CLASSES)
    for number, (segment, info) in enumerate(segments.items(), start=1):
        label = info['category'] if rng.random() < 0.9 else int(rng.integers(0, CLASSES))
        shifted = np.roll(true == segment, rng.integers(-1, 2, 2), (0, 1))
        where = shifted if rng.random() < agreement else _rectangle(rng, size)
        pred[where] = label + (1000 * number if label < THINGS else 0)
    if not void:
        true[true == 0] = list(segments)[-1]
        pred[pred == CLASSES] = CLASSES - 1
    segments = [{'id': s, **info} for s, info in segments.items() if (true == s).any()]
    return pred, true, segments


def _rectangle(rng, size):
    (top, left), (height, width) = rng.integers(0, size - 6, 2), rng.integers(5, size // 2 + 1, 2)
    where = np.zeros((size, size), bool)
    where[top : top + height, left : left + width] = True
    return where
