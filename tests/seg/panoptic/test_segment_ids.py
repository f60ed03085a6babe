import numpy as np

from seg.panoptic.segment_ids import MAX_DISTANCE, SegmentIds, new_segments

COLORS = {0: (100, 0, 255), 1: (100, 0, 255), 2: (7, 8, 9)}


def ids(seed='a'):
    return SegmentIds(colors=COLORS, stuff=[2], seed=seed)


def color(id):
    return id % 256, id // 256 % 256, id // 256**2


def test_stuff_and_the_first_thing_have_the_categorys_colour():
    own = ids()
    assert color(own.next(0)) == COLORS[0]
    assert color(own.next(2)) == color(own.next(2)) == COLORS[2]


def test_further_things_have_other_colours_near_it():
    own = ids()
    found = [color(own.next(category)) for category in (0, 1) * 100]
    assert len(set(found)) == 200
    assert max(abs(a - b) for c in found for a, b in zip(c, COLORS[0], strict=True)) <= MAX_DISTANCE


def test_void_is_nobodys_colour():
    own = SegmentIds(colors={0: (0, 0, 0)}, stuff=[], seed='a')
    assert all(own.next(0) != 0 for _ in range(50))


def test_a_thing_of_the_colour_of_stuff_gets_another():
    own = SegmentIds(colors={0: (9, 9, 9), 1: (9, 9, 9)}, stuff=[1], seed='a')
    assert own.next(0) != own.next(1)


def test_the_same_seed_gives_the_same_ids():
    one, same, other = (ids(seed) for seed in 'aab')
    first, second, third = ([own.next(0) for _ in range(5)] for own in (one, same, other))
    assert first == second != third


def test_regions_become_segments_with_their_areas_and_boxes():
    regions = np.array([[0, 1, 1, 5], [0, 1, 3, 5], [4, 4, 0, 5]])
    new, found = new_segments(regions, {5: 2, 1: 0, 4: 1}, ids(), crowds={1})
    assert new.dtype == np.int32
    assert (new > 0).tolist() == np.isin(regions, (1, 4, 5)).tolist()
    assert [own['category_id'] for own in found] == [2, 0, 1] and color(found[0]['id']) == (7, 8, 9)
    for own, region in zip(found, (5, 1, 4), strict=True):
        assert ((new == own['id']) == (regions == region)).all()
        rows, columns = np.nonzero(regions == region)
        x, y, width, height = own['bbox']
        assert (x, y) == (columns.min(), rows.min()) and own['area'] == len(rows)
        assert (x + width - 1, y + height - 1) == (columns.max(), rows.max())
        assert own['iscrowd'] == (region == 1)
    new, found = new_segments(np.zeros((2, 3), np.uint8), {}, ids())
    assert new.tolist() == [[0] * 3] * 2 and found == []
