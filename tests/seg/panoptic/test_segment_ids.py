from seg.panoptic.segment_ids import MAX_DISTANCE, SegmentIds

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
