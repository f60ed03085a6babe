"""A page that holds fewer pictures than there are shows each kind of oddity, and each class."""

import numpy as np

from seg.datasets.browse.choose import choose
from seg.datasets.browse.examine import Examined
from seg.datasets.browse.kinds import Finding


def picture(*kinds, labels=(0,), group=-1):
    findings = tuple(Finding(kind, 'odd', group=group) for kind in kinds)
    return Examined(findings, b'', b'', 100, 0, np.array(labels, int), np.ones(len(labels), int))


def test_all_are_shown_where_there_is_room_the_worst_first():
    pictures = [picture(), picture('tiny'), picture('unreadable'), picture('tiny', 'box')]
    assert choose(pictures, 4) == [2, 3, 1, 0]
    assert choose([], 4) == []


def test_a_frequent_kind_leaves_room_for_the_others_and_for_pictures_that_are_not_odd():
    pictures = [
        *(picture('tiny') for _ in range(100)),
        picture('void'),
        *(picture() for _ in range(100)),
    ]
    shown = choose(pictures, 9)
    assert shown[0] == 100 and len(shown) == 9
    assert sum(place < 101 for place in shown) == 6
    assert len(choose(pictures, 1)) == 1
    assert len(choose(pictures[:101], 50)) == 50


def test_rare_classes_are_shown():
    pictures = [picture(labels=(0, 1)) for _ in range(50)]
    pictures[33] = picture(labels=(0, 7))
    assert 33 in choose(pictures, 3)


def test_pictures_that_are_alike_stand_side_by_side():
    pictures = [picture('twin', group=i % 2) for i in range(6)]
    assert choose(pictures, 6) == [0, 2, 4, 1, 3, 5]
