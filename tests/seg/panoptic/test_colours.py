import numpy as np
import pytest

from seg.panoptic.colours import class_colour, segment_colours
from seg.panoptic.segments import segments_of

#: What remains of linear red, green and blue without the cones for green: Machado, Oliveira and
#: Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
#: Of linear sRGB to XYZ (IEC 61966-2-1), and the white of D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(bgr, seen=None):
    """L*a*b* of the CIE, as seen through a matrix."""
    srgb = np.asarray(bgr, float)[..., ::-1] / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    if seen is not None:
        linear = (linear @ seen.T).clip(0, 1)
    ratio = linear @ TO_XYZ.T / TO_XYZ.sum(1)
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def a_crowd(size=20, rows=4, columns=6):
    """Touching objects of two classes, each square a neighbour of up to eight, over some grass."""
    codes = 1000 * np.arange(1, rows * columns + 1) + np.arange(rows * columns) % 5 % 2
    crowd = np.kron(codes.reshape(rows, columns), np.ones((size, size), int))
    return segments_of(np.pad(crowd, size, constant_values=2), {}, ('person', 'horse', 'grass'), 2)


def touching(index):
    """Pairs of segments that share a border or a corner."""
    corners = [index[1:, 1:], index[1:, :-1], index[:-1, 1:], index[:-1, :-1]]
    pairs = [np.stack([a.ravel(), b.ravel()]) for a in corners for b in corners]
    one, other = np.unique(np.concatenate(pairs, axis=1), axis=1)
    return one[one < other], other[one < other]


@pytest.mark.parametrize('seen', [None, DEUTERANOPIA], ids=['normal', 'deuteranopia'])
def test_touching_objects_differ_in_colour(seen):
    index, segments = a_crowd()
    assert len(segments) == 25
    colours = lab(segment_colours(index, segments), seen)
    one, other = touching(index)
    assert len(one) > 60
    assert np.linalg.norm(colours[one] - colours[other], axis=-1).min() > 12


def test_what_touches_nothing_of_its_kind_has_the_colour_of_its_class():
    codes = np.full((60, 200), 2)
    for number in range(4):
        codes[20:40, 10 + 50 * number : 40 + 50 * number] = 1000 * (number + 1) + number % 2
    index, segments = segments_of(codes, {}, ('person', 'horse', 'grass'), 2)
    expected = [class_colour(segment.label, segment.is_thing) for segment in segments]
    assert segment_colours(index, segments).tolist() == [list(colour) for colour in expected]
    assert len(set(expected)) == 3


def test_a_moving_object_keeps_its_colour():
    seen = {}
    for left in range(5, 60, 7):
        codes = np.full((60, 200), 2)
        codes[10:30, left : left + 30] = 1000
        codes[30:50, left + 10 : left + 50] = 2000  # of the same class, and touching
        index, segments = segments_of(codes, {}, ('person', 'horse', 'grass'), 2)
        colours = segment_colours(index, segments)
        for code in (1000, 2000):
            own = index[codes == code][0]
            seen.setdefault(code, set()).add(tuple(colours[own].tolist()))
    assert len(seen[1000]) == len(seen[2000]) == 1 and seen[1000] != seen[2000]
