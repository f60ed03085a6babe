"""Pictures show what they are said to show, in the pixels of a scene."""

import numpy as np
import pytest

from seg.shapes.clip.attributes import LARGE, SMALL, Shown
from seg.shapes.clip.pictures import (
    PICTURE,
    SCENE,
    draw_thing,
    random_crop,
    random_picture,
    random_scene,
)
from seg.shapes.pose import RADIUS


def test_a_thing_has_its_radius_in_pixels_and_its_colour():
    shown = Shown('square', 'red', 'plain', grounds=('snow',))
    image = draw_thing(shown, 20, (36, 36), np.random.default_rng(0)).astype(int)
    red = (image[..., 0] - image[..., 1]) > 100
    assert red.sum() == pytest.approx((2 * 0.78 * 20) ** 2, rel=0.1)
    assert np.argwhere(red).mean(axis=0) == pytest.approx((36, 36), abs=1)


def test_a_crop_has_the_size_that_it_names():
    shown = Shown('circle', 'purple', 'plain')
    for size, low, high in (
        ('small', RADIUS[0] * SCENE, SMALL),
        ('large', LARGE, RADIUS[1] * SCENE),
    ):
        rng = np.random.default_rng(0)
        for _ in range(20):
            image, seen = random_crop(shown._replace(size=size), rng)
            assert image.shape == (PICTURE, PICTURE, 3)
            assert len(seen.grounds) in (1, 2)
            red, green, blue = np.moveaxis(image.astype(int), -1, 0)
            purple = np.minimum(red, blue) - green > 45
            radius = np.sqrt(purple.sum() / np.pi) / 0.9
            assert 0.85 * low < radius < 1.1 * high


def test_random_pictures_are_of_things_and_now_and_then_of_stuff():
    rng = np.random.default_rng(0)
    seen = [random_picture(rng)[1] for _ in range(200)]
    assert {s.size for s in seen} == {'small', 'large', None}
    assert 0 < sum(s.shape is None for s in seen) < 50
    assert 0 < sum(s.shape is not None and s.colour is None for s in seen) < 50
    assert not any(s.is_segment for s in seen)


def test_a_scene_tells_what_every_segment_shows():
    for seed in range(10):
        image, segments, shown = random_scene(np.random.default_rng(seed))
        assert image.shape == (*segments.shape, 3) == (SCENE, SCENE, 3)
        assert np.unique(segments).tolist() == list(range(len(shown)))
        assert all(s.is_segment and (s.shape is None) == bool(s.grounds) for s in shown)


def test_the_size_of_a_segment_is_told_only_where_its_area_is_proof():
    for seed in range(40):
        _, segments, shown = random_scene(np.random.default_rng(seed))
        for index, seen in enumerate(shown):
            if seen.shape == 'circle' and seen.size:
                least = np.sqrt((segments == index).sum() / np.pi) / 0.9
                if seen.size == 'large':
                    assert least > 0.97 * LARGE
                else:
                    assert least / np.sqrt(0.55) < 1.03 * SMALL
