import tracemalloc

import numpy as np
import pytest

from seg.datasets.own.painting import paint
from seg.datasets.own.source import Mark

SIZE = (12, 15)


def slow(marks, things):
    """Of each pixel the index of the mark that is seen, -1 for void."""
    seen = np.full(SIZE, -1)
    for place in np.ndindex(SIZE):
        best = None
        for number, mark in enumerate(marks):
            if mark.mask[place]:
                is_thing = things[mark.label]
                layer = 0 if not is_thing else 1 if mark.is_crowd else 2
                order = layer, -mark.mask.sum() if layer == 2 else 0, number
                if best is None or order > best:
                    best, seen[place] = order, number
    return seen


@pytest.mark.parametrize('seed', range(6))
def test_stuff_is_below_crowds_and_these_below_objects_the_smaller_ones_above(seed):
    rng = np.random.default_rng(seed)
    things, marks = (True, False, True, False), []
    for _ in range(9):
        mask = np.zeros(SIZE, bool)
        top, left = rng.integers(0, 8, 2)
        mask[top : top + rng.integers(1, 7), left : left + rng.integers(1, 7)] = True
        marks.append(Mark(int(rng.integers(4)), mask, bool(rng.random() < 0.3)))
    painting = paint(marks, things, SIZE)
    seen = slow(marks, things)
    # All stuff of a class is one segment; every other mark is one by itself.
    key_of = [(m.label,) if not things[m.label] else (m.label, i) for i, m in enumerate(marks)]
    keys = {}
    for place in np.ndindex(SIZE):
        index = painting.indices[place]
        assert (index < 0) == (seen[place] < 0)
        if index >= 0:
            mark = marks[seen[place]]
            assert keys.setdefault(index, key_of[seen[place]]) == key_of[seen[place]]
            expected = (mark.label, mark.is_crowd and things[mark.label])
            assert painting.segments[index] == expected
    assert len(set(keys.values())) == len(keys) == len(painting.segments)
    assert painting.hidden == len(set(key_of)) - len(keys)


def test_a_thing_that_is_marked_as_a_whole_is_taken_apart():
    mask = np.zeros(SIZE, bool)
    mask[:3, :3] = mask[3, 3] = mask[8:, :2] = mask[0, 14] = True
    marks = [Mark(0, mask, is_semantic=True), Mark(1, mask, is_semantic=True)]
    painting = paint(marks[:1], (True, False), SIZE)
    assert len(painting.segments) == 3  # what touches at a corner is one
    assert painting.indices[0, 0] == painting.indices[3, 3]
    assert len(paint(marks[:1], (True, False), SIZE, components=False).segments) == 1
    assert len(paint(marks[1:], (True, False), SIZE).segments) == 1
    large = paint(marks[:1], (True, False), SIZE, min_area=2)
    assert (len(large.segments), large.small, large.indices[0, 14]) == (2, 1, -1)


def test_thousands_of_components_take_little_memory():
    mask = np.zeros((150, 150), bool)
    mask[::2, ::2] = True
    tracemalloc.start()
    painting = paint([Mark(0, mask, is_semantic=True)], (True,), mask.shape)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(painting.segments) == 75**2 and peak < 10e6  # a mask each would be 127 MB


def test_no_mark_is_void():
    painting = paint([], (True,), SIZE)
    assert (painting.indices == -1).all() and painting.segments == []
