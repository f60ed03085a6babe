"""Counts, areas and boxes agree with slow loops over random maps."""

from statistics import median

import numpy as np
import pytest

from seg.datasets.browse.examine import Examined
from seg.datasets.browse.measure import measure_map
from seg.datasets.browse.statistics import count

RNG = np.random.default_rng(0)
MAPS = [RNG.integers(0, 5, (RNG.integers(1, 9), RNG.integers(1, 9))) * 70000 for _ in range(30)]


@pytest.mark.parametrize('ids', [*MAPS[:12], np.zeros((3, 4), int), np.full((1, 1), 7)])
def test_areas_and_boxes_are_those_of_a_loop_over_pixels(ids):
    pixels = {}
    for y, row in enumerate(ids.tolist()):
        for x, id in enumerate(row):
            pixels.setdefault(id, []).append((x, y))
    expected = {}
    for id, own in pixels.items():
        xs, ys = zip(*own, strict=True)
        box = (min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1)
        expected[id] = (len(own), box)
    assert measure_map(ids) == expected


def test_counts_are_those_of_a_loop_over_segments():
    examined, splits = [], []
    for number, ids in enumerate(MAPS):
        areas = {id: own.area for id, own in measure_map(ids).items()}
        void = areas.pop(0, 0)
        labels = RNG.integers(0, 5, len(areas))  # of six classes; one has no segment
        found = Examined((), b'', b'', ids.size, void, labels, np.array([*areas.values()], int))
        examined.append(found)
        splits.append(number % 2)
    examined.append(Examined((), b'', b'', 0, 0, np.zeros(0, int), np.zeros(0, int)))  # unreadable
    splits.append(1)
    counts = count(examined, splits, 6)
    assert counts.pictures == (15, 16)
    assert counts.pixels == sum(ids.size for ids in MAPS)
    assert counts.void == sum((ids == 0).sum() for ids in MAPS)
    assert counts.segments == sum(len(set(ids.ravel().tolist()) - {0}) for ids in MAPS)
    for label, found in enumerate(counts.classes):
        areas, shares, pictures = [], [], [set(), set()]
        for place, own in enumerate(examined):
            for own_label, area in zip(own.labels, own.areas, strict=True):
                if own_label == label:
                    areas.append(area)
                    shares.append(area / own.pixels)
                    pictures[splits[place]].add(place)
        assert found.segments == len(areas) and found.pixels == sum(areas)
        assert found.pictures == tuple(map(len, pictures))
        if areas:
            assert found.median_area == median(areas)
            assert found.median_share == pytest.approx(median(shares))
        else:
            assert np.isnan(found.median_area)


def test_no_picture_has_no_class():
    counts = count([], [], 2)
    assert (counts.pixels, counts.segments) == (0, 0)


@pytest.mark.parametrize(
    ('pictures', 'own', 'rare'), [(1000, 9, True), (1000, 10, False), (30, 2, True), (30, 3, False)]
)
def test_rare_is_less_than_ten_pictures_or_a_tenth_of_a_small_set(pictures, own, rare):
    label = np.zeros(1, int)
    none = np.zeros(0, int)
    examined = [
        Examined((), b'', b'', 9, 0, label if i < own else none, label + 4 if i < own else none)
        for i in range(pictures)
    ]
    assert count(examined, [0] * pictures, 1).is_rare(0) == rare
