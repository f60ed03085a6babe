"""Pictures of the shapes world with what they show: one thing, or the segments of a scene."""

from dataclasses import replace
from functools import cache
from itertools import product

import cv2
import numpy as np

from seg.shapes.clip.attributes import (
    COLOURS,
    GROUNDS,
    LARGE,
    SHAPES,
    SMALL,
    TEXTURES,
    Shown,
    size_word,
)
from seg.shapes.looks import PATTERN_COLOURS, STUFF_LOOKS, Look, thing_look
from seg.shapes.outlines import contours, draw_coverage
from seg.shapes.paint import finish, paint_stuff, paint_thing
from seg.shapes.pose import RADIUS, random_pose
from seg.shapes.regions import split_regions
from seg.shapes.scene import VISIBLE_PART, render_scene
from seg.shapes.worlds import World
from seg.text_classifier.vocabulary import Vocabulary

#: Sides of a scene and of a picture of one thing, in pixels. Things are as large in both.
SCENE, PICTURE = 128, 72
#: How many things of pictures have each texture: stripes and checks are the hardest to tell apart.
TEXTURE_PARTS = (0.2, 0.3, 0.3, 0.2)


def draw_thing(
    shown: Shown, radius: float, centre: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """Draw one thing over its grounds.

    Args:
        shown: What to draw; its size is decided by ``radius``.
        radius: Of the thing, in pixels.
        centre: (x, y) of the thing, in pixels.
        rng: All other randomness.

    Returns:
        RGB, uint8 [PICTURE, PICTURE, 3].
    """
    picture = _draw_grounds(shown.grounds, rng)
    name = ' '.join(word for word in (shown.colour, shown.texture, shown.shape) if word)
    look = thing_look(name)
    pose = replace(random_pose((SCENE, SCENE), rng), centre=centre, radius=radius)
    coverage = draw_coverage(pose.place(contours(look.outline)), picture.shape[:2])
    paint = paint_thing(look, pose, (0, 0), picture.shape[:2], rng)
    return finish(picture + coverage[..., None] * (paint - picture), rng)


def draw_stuff(grounds: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw stuff alone: RGB, uint8 [PICTURE, PICTURE, 3]."""
    return finish(_draw_grounds(grounds, rng), rng)


def random_picture(rng: np.random.Generator) -> tuple[np.ndarray, Shown]:
    """A picture of any thing, anywhere but mostly inside; now and then of stuff alone."""
    grounds = random_grounds(rng)
    if rng.random() < 0.08:
        return draw_stuff(grounds, rng), Shown(grounds=grounds)
    shown = random_thing(rng)._replace(grounds=grounds)
    radius = SCENE * float(np.exp(rng.uniform(*np.log(RADIUS))))
    slack = PICTURE / 2 - (0.75 * radius if rng.random() < 0.5 else 31)
    centre = tuple(PICTURE / 2 + rng.uniform(-1, 1, 2) * slack)
    image = draw_thing(shown, radius, centre, rng)
    return image, shown._replace(size=size_word(radius))


def random_crop(
    shown: Shown, rng: np.random.Generator, jitter: float = 4.0
) -> tuple[np.ndarray, Shown]:
    """A picture of a given thing of a given size, in the middle but for ``jitter`` pixels."""
    low, high = (RADIUS[0] * SCENE, SMALL) if shown.size == 'small' else (LARGE, RADIUS[1] * SCENE)
    radius = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    centre = tuple(PICTURE / 2 + rng.uniform(-jitter, jitter, 2))
    shown = shown._replace(grounds=random_grounds(rng))
    return draw_thing(shown, radius, centre, rng), shown


def random_scene(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, list[Shown]]:
    """A scene of many things.

    Returns:
        RGB, uint8 [SCENE, SCENE, 3]; the index of each pixel's segment, int16 [SCENE, SCENE]; and
        what each segment shows.
    """
    scene = render_scene(_everything(), rng, (SCENE, SCENE))
    areas = np.bincount(scene.segments.ravel(), minlength=len(scene.labels))
    shown = [_segment(label, area) for label, area in zip(scene.labels, areas, strict=True)]
    return scene.image, scene.segments, shown


def random_thing(rng: np.random.Generator) -> Shown:
    """Any shape, colour and texture; now and then a pattern with colours of its own."""
    shape, texture = str(rng.choice(SHAPES)), str(rng.choice(TEXTURES, p=TEXTURE_PARTS))
    if texture in PATTERN_COLOURS and rng.random() < 0.15:
        return Shown(shape=shape, texture=texture)
    return Shown(shape=shape, texture=texture, colour=str(rng.choice(COLOURS)))


def random_grounds(rng: np.random.Generator) -> tuple[str, ...]:
    """One or two kinds of stuff."""
    return tuple(str(g) for g in rng.choice(GROUNDS, int(rng.integers(1, 3)), replace=False))


def _draw_grounds(grounds: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    size = (PICTURE, PICTURE)
    regions = split_regions(len(grounds), size, rng)
    picture = np.empty((*size, 3), np.float32)
    for index, ground in enumerate(grounds):
        look = STUFF_LOOKS[ground]
        # paint_stuff scales the period with the picture; here the scale is that of a scene.
        look = replace(look, period=look.period * SCENE / PICTURE)
        inside = regions == index
        picture[inside] = paint_stuff(look, size, rng)[inside]
    return picture


@cache
def _things() -> tuple[Shown, ...]:
    """Every look of a thing; plain ones twice, as data sets have more of them."""
    coloured = [
        Shown(shape=shape, colour=colour, texture=texture, is_segment=True)
        for shape, colour, texture in product(SHAPES, COLOURS, ('plain', *TEXTURES))
    ]
    patterns = [
        Shown(shape=shape, texture=texture, is_segment=True)
        for shape, texture in product(SHAPES, PATTERN_COLOURS)
    ]
    return tuple(coloured + 2 * patterns)


@cache
def _everything() -> World:
    things = [
        thing_look(' '.join(word for word in (s.colour, s.texture, s.shape) if word))
        for s in _things()
    ]
    looks: list[Look] = [*things, *STUFF_LOOKS.values()]
    return World(Vocabulary('everything', ('',) * len(looks), len(things)), tuple(looks))


def _segment(label: int, area: int) -> Shown:
    """What a segment shows. At least ``VISIBLE_PART`` of a thing is seen, which bounds its radius."""
    things = _things()
    if label >= len(things):
        return Shown(grounds=(tuple(STUFF_LOOKS)[label - len(things)],), is_segment=True)
    shown = things[label]
    least = float(np.sqrt(area / _unit_area(shown.shape)))
    sizes = {size_word(least), size_word(least / np.sqrt(VISIBLE_PART))}
    return shown._replace(size=sizes.pop() if len(sizes) == 1 else None)


@cache
def _unit_area(shape: str) -> float:
    """Area of a shape of radius 1: within the first contour and outside of the others."""
    first, *holes = (cv2.contourArea(part.astype(np.float32)) for part in contours(shape))
    return first - sum(holes)
