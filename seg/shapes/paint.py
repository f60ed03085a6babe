"""The colours of things and stuff, pixel by pixel."""

import numpy as np

from seg.shapes.looks import Look
from seg.shapes.pose import Pose
from seg.shapes.textures import mix_texture

#: Period of a thing's texture in radii, and its least number of pixels.
THING_PERIOD = 0.55
LEAST_PERIOD = 4.0
#: Standard deviation of a colour, from one thing or region to the next.
COLOUR_SPREAD = 8.0
#: How much lighter one end of a thing or a picture is than its middle, at most.
SHADE = 0.15
LIGHT = 0.12
#: Largest standard deviation of the noise of a picture.
NOISE = 6.0


def paint_stuff(look: Look, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A whole picture of a stuff texture: float32 [H, W, 3]."""
    assert look.period is not None  # stuff has one
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    period = look.period * min(size) / 128 * rng.uniform(0.8, 1.25)
    middle = Pose((rng.uniform(0, size[1]), rng.uniform(0, size[0])), 1, rng.normal(0, 0.2), 1)
    along, down = middle.own_axes(x, y)
    return _mix(look, mix_texture(look.texture, along / period, down / period, rng), rng)


def paint_thing(
    look: Look, pose: Pose, corner: tuple[int, int], size: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """A window of a picture filled with a thing's texture: float32 [H, W, 3].

    Args:
        look: The thing's look.
        pose: Its place, in pixels of the picture.
        corner: (x, y) of the window's first pixel.
        size: (H, W) of the window.
        rng: All randomness.
    """
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    along, down = pose.own_axes(x + corner[0], y + corner[1])
    period = max(THING_PERIOD * pose.radius, LEAST_PERIOD) * rng.uniform(0.85, 1.2)
    offset = rng.uniform(0, 1, 2)
    mixed = mix_texture(look.texture, along / period + offset[0], down / period + offset[1], rng)
    shade = 1 + rng.uniform(-SHADE, SHADE) * np.clip(down / pose.radius, -1, 1)
    return _mix(look, mixed, rng) * shade[..., None]


def finish(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light from one side, and noise: float32 [H, W, 3] to uint8."""
    height, width = picture.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(0, LIGHT) * (x * np.cos(angle) + y * np.sin(angle))
    noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(0, NOISE)
    lit = picture * light[..., None].astype(np.float32) + noise
    return np.clip(np.round(lit), 0, 255).astype(np.uint8)


def _mix(look: Look, amount: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    spread = rng.normal(0, COLOUR_SPREAD, (2, 3))
    first, second = (np.array(look.colours) + spread).astype(np.float32)
    return first + amount[..., None] * (second - first)
