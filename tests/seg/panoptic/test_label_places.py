import numpy as np

from seg.panoptic.label_places import place_labels

SIZE = (60, 16)  # of a label


def boxes_of(places, size=SIZE):
    return [(p.left, p.top, p.left + size[0], p.top + size[1]) for p in places]


def overlap(one, other):
    return (
        min(one[2], other[2]) > max(one[0], other[0])
        and min(one[3], other[3]) > max(one[1], other[1])
    )  # fmt: skip


def a_row(count=12, side=24):
    """Objects side by side, too small for a label, over one that is large."""
    index = np.full((240, 320), count)
    for number in range(count):
        index[100 : 100 + side, side * number : side * (number + 1)] = number
    return index


def test_labels_lie_in_the_picture_and_none_covers_another():
    index = a_row()
    boxes = boxes_of(place_labels(index, [SIZE] * 13))
    assert all(x1 >= 0 and y1 >= 0 and x2 <= 320 and y2 <= 240 for x1, y1, x2, y2 in boxes)
    assert not any(overlap(a, b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_no_label_covers_a_small_object():
    index = a_row()
    for x1, y1, x2, y2 in boxes_of(place_labels(index, [SIZE] * 13)):
        covered = np.bincount(index[y1:y2, x1:x2].ravel(), minlength=13)[:12]
        assert covered.max() < 0.25 * 24 * 24


def test_a_label_lies_on_a_large_object_and_a_line_leads_to_a_far_one():
    index = a_row()
    places = place_labels(index, [SIZE] * 13)
    assert places[12].anchor is None
    far = [(number, place) for number, place in enumerate(places) if place.anchor is not None]
    assert far
    for number, place in far:
        x, y = place.anchor
        assert index[y, x] == number


def test_a_single_pixel_has_a_label():
    index = np.zeros((480, 640), int)
    index[203, 301] = 1
    place = place_labels(index, [SIZE] * 2)[1]
    assert abs(place.left + 30 - 301) < 60 and abs(place.top + 8 - 203) < 40


def test_where_there_is_no_room_the_largest_go_without():
    index = np.zeros((20, 64), int)
    index[:4, :10] = 1
    places = place_labels(index, [(50, 10)] * 2)
    assert places[0] is None and places[1] is not None
    assert place_labels(index, [(500, 10)] * 2) == [None, None]
