"""Where a thing is, how large, and how it is turned."""

import math
from dataclasses import dataclass

import numpy as np

from seg.shapes.outlines import Contours

#: Smallest and largest radius, as a part of the image's short side.
RADIUS = (0.08, 0.28)
#: Largest ratio of a thing's two axes to those of its outline.
STRETCH = 1.15


@dataclass(frozen=True)
class Pose:
    """A position in a picture.

    Attributes:
        centre: (x, y) in pixels.
        radius: Pixels of the outline's unit.
        angle: Radians.
        stretch: Factor of the own x axis; the own y axis is divided by it.
    """

    centre: tuple[float, float]
    radius: float
    angle: float
    stretch: float

    def place(self, outline: Contours) -> Contours:
        """Contours in pixels."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turn = np.array([[cos, sin], [-sin, cos]])
        scale = self.radius * np.array([self.stretch, 1 / self.stretch])
        return [part * scale @ turn + self.centre for part in outline]

    def own_axes(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of pixels along the thing's own axes, in pixels from its centre."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        x, y = x - self.centre[0], y - self.centre[1]
        return x * cos + y * sin, y * cos - x * sin


def random_pose(size: tuple[int, int], rng: np.random.Generator) -> Pose:
    """A pose anywhere in a picture of size (H, W), partly outside now and then."""
    height, width = size
    low, high = np.log(RADIUS)
    return Pose(
        centre=(rng.uniform(-0.03, 1.03) * width, rng.uniform(-0.03, 1.03) * height),
        radius=float(np.exp(rng.uniform(low, high))) * min(size),
        angle=rng.uniform(0, 2 * np.pi),
        stretch=float(np.exp(rng.uniform(-1, 1) * np.log(STRETCH) / 2)),
    )
