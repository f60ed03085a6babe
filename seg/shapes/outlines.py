"""Outlines of things: polygons around the origin, drawn with smooth edges."""

import cv2
import numpy as np

#: A shape is a list of closed contours, each float [P, 2] within the unit circle; where two
#: overlap there is a hole.
Contours = list[np.ndarray]

_SUBPIXEL_BITS = 4


def outline_names() -> tuple[str, ...]:
    """The shapes there are."""
    return tuple(_OUTLINES)


def contours(shape: str) -> Contours:
    """Contours of a shape in its own position and unit size."""
    return _OUTLINES[shape]


def draw_coverage(outline: Contours, size: tuple[int, int]) -> np.ndarray:
    """How much of each pixel lies inside: float32 [H, W] from 0 to 1.

    Args:
        outline: Contours in pixels, x first; pixel centres have whole coordinates.
        size: (H, W).
    """
    canvas = np.zeros(size, np.uint8)
    points = [np.round(part * 2**_SUBPIXEL_BITS).astype(np.int32) for part in outline]
    cv2.fillPoly(canvas, points, 255, lineType=cv2.LINE_AA, shift=_SUBPIXEL_BITS)
    return canvas.astype(np.float32) / 255


def _polygon(corners: int, turn: float = 0.0) -> np.ndarray:
    angles = 2 * np.pi * (np.arange(corners) + turn) / corners - np.pi / 2
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _circle(radius: float = 1.0) -> np.ndarray:
    return radius * _polygon(40)


def _star() -> np.ndarray:
    points = _polygon(10)
    points[1::2] *= 0.42
    return points


def _cross(arm: float = 0.32, end: float = 0.95) -> np.ndarray:
    top = np.array([(-arm, -end), (arm, -end), (arm, -arm)])
    quarter_turn = np.array([[0, 1], [-1, 0]])
    return np.concatenate([top @ np.linalg.matrix_power(quarter_turn, k) for k in range(4)])


def _heart() -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, -y - 2.5], axis=1) / 17


_OUTLINES: dict[str, Contours] = {
    'circle': [_circle(0.9)],
    'square': [0.78 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])],
    'triangle': [_polygon(3)],
    'star': [_star()],
    'cross': [_cross()],
    'ring': [_circle(0.95), _circle(0.5)],
    'heart': [_heart()],
    'hexagon': [0.95 * _polygon(6)],
    'diamond': [_polygon(4) * (0.62, 1.0)],
    'ellipse': [_circle() * (0.55, 1.0)],
}
