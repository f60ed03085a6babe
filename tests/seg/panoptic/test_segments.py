import numpy as np

from seg.panoptic.segments import segments_of

CLASSES = ('cat,kitten', 'dog', 'grass,lawn')


def a_map():
    panoptic = np.full((40, 60), 3)  # void
    panoptic[:, 30:] = 2
    panoptic[5:15, 5:25] = 1000
    panoptic[20:35, 2:28] = 2001
    return panoptic


def test_segments_tell_what_the_map_holds():
    index, segments = segments_of(a_map(), {1000: 0.9, 2: 0.5, 2001: 0.7}, CLASSES, 2)
    found = [(s.name, s.is_thing, s.score, s.box, s.mask.sum()) for s in segments]
    assert found == [
        ('grass', False, 0.5, (30, 0, 60, 40), 1200),
        ('dog', True, 0.7, (2, 20, 28, 35), 390),
        ('cat', True, 0.9, (5, 5, 25, 15), 200),
    ]
    for number, segment in enumerate(segments):
        assert ((index == number) == segment.mask).all()
    assert (index == -1).sum() == (a_map() == 3).sum()


def test_a_map_of_void_has_no_segments():
    index, segments = segments_of(np.full((4, 4), 3), {}, CLASSES, 2)
    assert segments == [] and (index == -1).all()
