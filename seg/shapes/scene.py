"""One picture of the shapes world: textured regions of stuff, and things over them."""

from dataclasses import dataclass

import cv2
import numpy as np

from seg.shapes.looks import Look
from seg.shapes.outlines import Contours, contours, draw_coverage
from seg.shapes.paint import finish, paint_stuff, paint_thing
from seg.shapes.pose import Pose, random_pose
from seg.shapes.regions import split_regions
from seg.shapes.worlds import World

MAX_REGIONS = 3
MIN_THINGS, MAX_THINGS = 2, 7
#: What is visible of each segment, at least: as a part of the whole thing, so that its shape can be
#: told, and in pixels of an image with a short side of 128.
VISIBLE_PART = 0.55
VISIBLE_PIXELS = 40
#: How often a thing is placed anew before it is left out.
TRIALS = 6


@dataclass(frozen=True)
class Scene:
    """A picture with its truth.

    Attributes:
        image: RGB, uint8 [H, W, 3].
        segments: Index of each pixel's segment, int16 [H, W].
        labels: Class of each segment. A stuff class has one segment; no segment is empty.
    """

    image: np.ndarray
    segments: np.ndarray
    labels: tuple[int, ...]


def render_scene(
    world: World,
    rng: np.random.Generator,
    size: tuple[int, int],
    split: str = 'val',
) -> Scene:
    """Draw a random picture.

    Args:
        world: The classes to choose from.
        rng: All randomness.
        size: (H, W).
        split: 'train' or 'val', whose things to choose from. Defaults to 'val', all of them.
    """
    regions = min(int(rng.integers(1, MAX_REGIONS + 1)), len(world.stuff))
    labels = [int(label) for label in rng.choice(world.stuff, regions, replace=False)]
    canvas = _Canvas(split_regions(regions, size, rng))
    for index, label in enumerate(labels):
        inside = canvas.segments == index
        canvas.picture[inside] = paint_stuff(world.looks[label], size, rng)[inside]
    for _ in range(rng.integers(MIN_THINGS, MAX_THINGS + 1)):
        label = int(rng.choice(world.things_of(split)))
        if any(canvas.add(world.looks[label], random_pose(size, rng), rng) for _ in range(TRIALS)):
            labels.append(label)
    return Scene(finish(canvas.picture, rng), canvas.segments, tuple(labels))


class _Canvas:
    """A picture that is being drawn, and how much of each segment is visible."""

    def __init__(self, regions: np.ndarray) -> None:
        self.segments = regions
        self.picture = np.empty((*regions.shape, 3), np.float32)
        self.least = VISIBLE_PIXELS * (min(regions.shape) / 128) ** 2
        self.visible = np.bincount(regions.ravel())
        self.whole = self.visible.astype(float)

    def add(self, look: Look, pose: Pose, rng: np.random.Generator) -> bool:
        """Draw a thing, unless too little of it or of what it covers would be visible."""
        height, width = self.segments.shape
        outline = pose.place(contours(look.outline))
        points = np.concatenate(outline)
        left, top = np.maximum(np.floor(points.min(axis=0)).astype(int) - 1, 0)
        right, bottom = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 2, (width, height))
        if left >= right or top >= bottom:
            return False
        window = (slice(top, bottom), slice(left, right))
        coverage = draw_coverage(
            [part - (left, top) for part in outline], (bottom - top, right - left)
        )
        # The edge is smooth in the picture and sharp in the truth.
        inside = coverage >= 0.5
        area = int(inside.sum())
        covered = np.bincount(self.segments[window][inside], minlength=len(self.visible))
        visible = np.append(self.visible - covered, area)
        whole = np.append(self.whole, _area(outline))
        if np.any(visible < np.maximum(VISIBLE_PART * whole, self.least)):
            return False
        paint = paint_thing(look, pose, (left, top), inside.shape, rng)
        self.picture[window] += coverage[..., None] * (paint - self.picture[window])
        self.segments[window][inside] = len(self.visible)
        self.visible, self.whole = visible, whole
        return True


def _area(outline: Contours) -> float:
    """Area within the first contour and outside of the others."""
    first, *holes = (cv2.contourArea(part.astype(np.float32)) for part in outline)
    return first - sum(holes)
