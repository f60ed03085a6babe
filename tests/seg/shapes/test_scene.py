import numpy as np
import pytest

from seg.shapes import get_world, render_scene
from seg.shapes.outlines import contours
from seg.shapes.pose import Pose
from seg.shapes.regions import split_regions
from seg.shapes.scene import VISIBLE_PIXELS, _area


def scene(vocabulary='shapes', seed=0, size=(96, 128)):
    return render_scene(get_world(vocabulary), np.random.default_rng(seed), size)


@pytest.mark.parametrize('vocabulary', ['shapes', 'shapes_full', 'ade20k'])
def test_every_segment_has_a_class_and_enough_pixels(vocabulary):
    stuff = get_world(vocabulary).stuff
    for seed in range(8):
        found = scene(vocabulary, seed)
        assert found.image.shape == (96, 128, 3)
        assert found.image.dtype == np.uint8
        areas = np.bincount(found.segments.ravel(), minlength=len(found.labels))
        assert len(areas) == len(found.labels)
        assert areas.min() >= VISIBLE_PIXELS * (96 / 128) ** 2
        regions = [label for label in found.labels if label in stuff]
        assert 1 <= len(regions) == len(set(regions)) <= 3
        assert found.labels[: len(regions)] == tuple(regions)


def test_the_same_randomness_draws_the_same_picture():
    np.testing.assert_array_equal(scene(seed=3).image, scene(seed=3).image)
    assert not np.array_equal(scene(seed=3).image, scene(seed=4).image)


def test_things_overlap_and_are_cut_off_by_the_border():
    things = get_world('shapes').things
    sizes, borders = [], 0
    for seed in range(20):
        found = scene(seed=seed)
        for index, label in enumerate(found.labels):
            if label in things:
                mask = found.segments == index
                sizes.append(mask.sum())
                edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
                borders += edge.any()
    assert max(sizes) > 8 * min(sizes)
    assert borders > 10


@pytest.mark.parametrize('label', [0, 1, 2, 4])
def test_a_thing_has_its_colour(label):
    look = get_world('shapes').looks[label]
    differences = []
    for seed in range(40):
        found = scene(seed=seed)
        for index, own in enumerate(found.labels):
            if own == label:
                colour = found.image[found.segments == index].mean(axis=0)
                differences.append(np.abs(colour - look.colours[0]).max())
    assert len(differences) > 3
    assert np.median(differences) < 30


def test_the_edge_is_smooth_in_the_picture_and_sharp_in_the_truth():
    found = scene(seed=1)
    assert found.segments.dtype == np.int16
    assert set(np.unique(found.segments)) == set(range(len(found.labels)))


def test_the_area_of_an_outline_is_that_of_its_pixels():
    square = Pose((0, 0), 10, 0.3, 1.0).place(contours('square'))
    assert _area(square) == pytest.approx(15.6**2)
    ring = Pose((5, 5), 10, 0, 1.1).place(contours('ring'))
    assert _area(ring) == pytest.approx(np.pi * (9.5**2 - 5**2), rel=0.01)


def test_own_axes_undo_the_pose():
    pose = Pose((7.0, -3.0), 5, 0.8, 1.0)
    ((x, y),) = pose.place([np.array([[0.3, -0.4]])])[0]
    along, down = pose.own_axes(x, y)
    assert (along / 5, down / 5) == (pytest.approx(0.3), pytest.approx(-0.4))


@pytest.mark.parametrize('count', [1, 2, 3, 5])
def test_regions_are_as_many_as_asked_for_and_none_is_small(count):
    for seed in range(5):
        regions = split_regions(count, (40, 60), np.random.default_rng(seed))
        areas = np.bincount(regions.ravel())
        assert len(areas) == count
        assert areas.min() > 0.05 * regions.size
