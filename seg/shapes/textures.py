"""Textures: functions of place that mix two colours."""

from collections.abc import Callable

import cv2
import numpy as np


def texture_names() -> tuple[str, ...]:
    """The textures there are."""
    return tuple(_TEXTURES)


def mix_texture(texture: str, u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How much of the second colour each pixel has.

    Args:
        texture: One of :func:`texture_names`.
        u: Distance along the texture's first axis, in periods; float32 [H, W].
        v: Distance along its second axis.
        rng: For textures with randomness of their own.

    Returns:
        float32 [H, W] from 0 to 1.
    """
    return _TEXTURES[texture](u, v, rng).astype(np.float32)


def _edge(distance: np.ndarray, softness: float = 0.08) -> np.ndarray:
    """A step from 0 to 1 where ``distance`` changes sign, about a pixel wide."""
    return np.clip(distance / softness + 0.5, 0, 1)


def _plain(u, v, rng):
    return np.zeros(u.shape, np.float32)


def _striped(u, v, rng):
    return _edge(np.abs(u % 1 - 0.5) - 0.25)


def _checkered(u, v, rng):
    return _edge(np.sin(np.pi * u) * np.sin(np.pi * v), 0.3)


def _spotted(u, v, rng):
    return _edge(0.3 - np.hypot(u % 1 - 0.5, v % 1 - 0.5))


def _noisy(u, v, rng):
    """Fine grain over coarse patches, like grass or sand."""
    height, width = u.shape
    fine = rng.random((height, width), np.float32)
    patches = rng.random((height // 12 + 2, width // 12 + 2), np.float32)
    coarse = cv2.resize(patches, (width, height), interpolation=cv2.INTER_LINEAR)
    return 0.65 * fine + 0.35 * coarse


def _graded(u, v, rng):
    """From the first colour at one end to the second at the other."""
    low, high = v.min(), v.max()
    return (v - low) / max(high - low, 1e-6)


def _bricked(u, v, rng):
    """Rows of bricks twice as wide as high; the mortar is the second colour."""
    row = np.floor(v)
    along = (u / 2 + 0.5 * (row % 2)) % 1
    mortar = np.maximum(np.abs(along - 0.5) * 2 - 0.9, (np.abs(v - row - 0.5) - 0.42) * 1.2)
    return _edge(mortar, 0.1)


def _wavy(u, v, rng):
    return 0.5 + 0.5 * np.sin(2 * np.pi * (v + 0.25 * np.sin(2 * np.pi * u / 3)))


def _tiled(u, v, rng):
    """Square tiles with thin joints of the second colour."""
    joint = np.maximum(np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5)) - 0.43
    return _edge(joint)


_TEXTURES: dict[str, Callable[..., np.ndarray]] = {
    'plain': _plain,
    'striped': _striped,
    'checkered': _checkered,
    'spotted': _spotted,
    'noisy': _noisy,
    'graded': _graded,
    'bricked': _bricked,
    'wavy': _wavy,
    'tiled': _tiled,
}
