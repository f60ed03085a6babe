"""Colours of segments: a hue for each class, and shades of it that tell neighbours apart."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import cv2
import numpy as np

from seg.panoptic.segments import Segment, segment_codes

_GOLDEN_ANGLE = 137.508  # hues of classes that follow each other lie far apart
_FIRST_HUE = 260  # degrees in L*a*b*: blue
_TURNS = (0, 30, -30)
_LIGHTNESS = {True: (66, 86, 47, 30), False: (75, 92, 58)}  # of things, of stuff
_CHROMA = {True: 75, False: 28}
#: How far apart neighbours are at least, in L*a*b*; 2 is what an eye just sees side by side.
_LEAST_DISTANCE = 16
#: Linear blue, green and red as seen without the cones for green: Viénot, Brettel and Mollon,
#: "Digital video colourmaps for checking the legibility of displays by dichromats", 1999.
_DEUTERANOPIA = np.array(
    [[1, 0.02234, -0.02234], [0, 0.70725, 0.29275], [0, 0.70725, 0.29275]], np.float32
)
_NEAR = 0.01  # of the picture's longer side: segments so close are neighbours


def segment_colours(index: np.ndarray, segments: Sequence[Segment]) -> np.ndarray:
    """Colours of N segments: that of the class, or a shade of it where a neighbour's is too close.

    People who cannot tell red from green tell the neighbours apart as well. Objects get their colours
    from left to right: in a video one keeps its colour as long as it meets no other.

    Args:
        index: int [H, W], the segment of each pixel, -1 for none.
        segments: The segments.

    Returns:
        uint8 [N, 3] in BGR.
    """
    neighbours = _neighbours(index, len(segments))
    colours = np.zeros((len(segments), 3), np.uint8)
    seen = np.full((len(segments), 2, 3), np.inf, np.float32)  # of those that have a colour already
    for number in sorted(range(len(segments)), key=lambda n: _turn(segments[n])):
        shades, looks = _shades(segments[number].label, segments[number].is_thing)
        apart = np.linalg.norm(looks[:, None] - seen[neighbours[number]], axis=-1)
        nearest = apart.min((1, 2), initial=np.inf)
        far = nearest >= _LEAST_DISTANCE
        chosen = far.argmax() if far.any() else nearest.argmax()
        colours[number], seen[number] = shades[chosen], looks[chosen]
    return colours


def class_colour(label: int, is_thing: bool) -> tuple[int, int, int]:
    """BGR colour of a class, which its segments have unless a neighbour's is too close."""
    blue, green, red = _shades(label, is_thing)[0][0].tolist()
    return blue, green, red


def _turn(segment: Segment) -> tuple[bool, int, float]:
    """Stuff first, which has most neighbours; then classes, and objects by where they are."""
    left, top, right, bottom = segment.box
    return segment.is_thing, segment.label, left + right + 0.4 * (top + bottom)


@lru_cache(maxsize=4096)
def _shades(label: int, is_thing: bool) -> tuple[np.ndarray, np.ndarray]:
    """Colours of a class, the best first.

    Returns:
        uint8 [S, 3] in BGR, and float32 [S, 2, 3] in L*a*b*: as most people see them, and with
        deuteranopia.
    """
    hue = _FIRST_HUE + label * _GOLDEN_ANGLE
    turns, lightness = np.array([*product(_TURNS, _LIGHTNESS[is_thing])], np.float32).T
    angle, chroma = np.radians(hue + turns), _CHROMA[is_thing]
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], -1)[:, None]
    shades = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_Lab2BGR).clip(0, 1)
    light = cv2.cvtColor(cv2.cvtColor(shades, cv2.COLOR_BGR2Lab), cv2.COLOR_Lab2LBGR)
    both = np.concatenate([light, light @ _DEUTERANOPIA.T], axis=1).clip(0, 1)
    looks = cv2.cvtColor(both, cv2.COLOR_LBGR2Lab)
    return (255 * shades[:, 0]).round().astype(np.uint8), looks


def _neighbours(index: np.ndarray, count: int) -> np.ndarray:
    """bool [N, N], whether two segments touch or almost do."""
    near = max(1, round(_NEAR * max(index.shape)))
    step = max(1, near // 2)  # who is near is so over some pixels
    pairs = np.zeros((count + 1, count + 1), bool)  # the first is none
    codes = segment_codes(index, count)
    for one, other in (
        (codes[1:], codes[:-1]),
        (codes[:, 1:], codes[:, :-1]),
        (codes[near::step, near::step], codes[:-near:step, :-near:step]),
        (codes[near::step, :-near:step], codes[:-near:step, near::step]),
    ):
        differ = one != other
        pairs[one[differ], other[differ]] = True
    return (pairs | pairs.T)[1:, 1:]
