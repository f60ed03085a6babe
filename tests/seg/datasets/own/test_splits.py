from collections import Counter
from pathlib import Path

import pytest

from seg.datasets.own.source import Picture, split_of
from seg.datasets.own.splits import FRAMES, with_splits


def pictures(names, split=None):
    return [Picture(name, Path(name), split, None) for name in names]


NAMES = [f'{video}/{video}_{frame:03d}.jpg' for video in 'abcdefgh' for frame in range(5)]


def of(split, own):
    return {picture.name for picture in own if picture.split == split}


def test_a_share_is_drawn_the_same_each_time_and_by_another_seed_another():
    own, odd = with_splits(pictures(NAMES), 0.2, 0, None)
    assert Counter(picture.split for picture in own) == {'train': 32, 'val': 8} and odd == []
    again, _ = with_splits(pictures(NAMES), 0.2, 0, None)
    assert own == again
    assert of('val', own) != of('val', with_splits(pictures(NAMES), 0.2, 1, None)[0])
    assert len(of('val', with_splits(pictures(NAMES[:2]), 0.99, 0, None)[0])) == 1
    assert len(of('val', with_splits(pictures(NAMES), 0.001, 0, None)[0])) == 1


@pytest.mark.parametrize('group', [FRAMES, r'^(\w)/', r'^\w/'])
def test_groups_are_not_divided(group):
    own, _ = with_splits(pictures(NAMES), 0.2, 0, group)
    val, train = ({name[0] for name in of(split, own)} for split in ('val', 'train'))
    assert val.isdisjoint(train) and len(val) == 2 and len(train) == 6


def test_splits_of_the_source_stand_and_a_test_split_is_left_out():
    given = [*pictures(['a'], 'train'), *pictures(['b'], 'val'), *pictures(['c'], 'test')]
    own, odd = with_splits([*given, *pictures(['d'])], 0.5, 0, None)
    assert [(picture.name, picture.split) for picture in own] == [
        ('a', 'train'),
        ('b', 'val'),
        ('d', 'train'),
    ]
    assert odd == [
        '1 pictures of a test split are left out',
        '1 pictures are of no split, and are to train on',
    ]
    drawn, _ = with_splits(pictures(NAMES, 'train'), 0.2, 0, None)  # one split is none
    assert len(of('val', drawn)) == 8


@pytest.mark.parametrize(
    ('own', 'group', 'words'),
    [
        (pictures(['a'], 'test'), None, 'all pictures are of a test split'),
        (pictures(['a']), None, '1 pictures are one group'),
        (pictures(NAMES[:5]), FRAMES, '5 pictures are one group'),
        (pictures(NAMES), '(', "--group '(' is no regular expression"),
        (pictures(NAMES), 'x', "--group 'x' is not found in 'a/a_000'"),
    ],
)
def test_what_cannot_be_divided_is_said(own, group, words):
    with pytest.raises(ValueError) as error:
        with_splits(own, 0.1, 0, group)
    assert words in str(error.value)


def test_the_innermost_folder_names_the_split():
    assert split_of(Path('Train/valid/x')) == 'val'
    assert split_of(Path('training_2/x')) is None
