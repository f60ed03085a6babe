from collections import Counter
from pathlib import Path

import pytest

from seg.datasets.own.source import Picture, says_nothing, split_named, split_of
from seg.datasets.own.splits import FRAMES, with_splits


def pictures(names, split=None):
    return [Picture(name, Path(name), split, None) for name in names]


NAMES = [f'{video}/{video}_{frame:03d}.jpg' for video in 'abcdefgh' for frame in range(5)]


def of(split, own):
    return {picture.name for picture in own if picture.split == split}


def test_a_share_is_drawn_the_same_each_time_and_by_another_seed_another():
    own, drawn, odd = with_splits(pictures(NAMES), 0.2, 0, None)
    assert Counter(picture.split for picture in own) == {'train': 32, 'val': 8}
    assert (drawn, odd) == (8, ())
    assert with_splits(pictures(NAMES), 0.2, 0, None).pictures == own
    assert of('val', own) != of('val', with_splits(pictures(NAMES), 0.2, 1, None).pictures)
    assert with_splits(pictures(NAMES[:2]), 0.99, 0, None).drawn == 1
    assert with_splits(pictures(NAMES), 0.001, 0, None).drawn == 1


@pytest.mark.parametrize('group', [FRAMES, r'^(\w)/', r'^\w/'])
def test_groups_are_not_divided(group):
    own = with_splits(pictures(NAMES), 0.2, 0, group).pictures
    val, train = ({name[0] for name in of(split, own)} for split in ('val', 'train'))
    assert val.isdisjoint(train) and len(val) == 2 and len(train) == 6


def test_splits_of_the_source_stand_and_a_test_split_is_left_out():
    given = [*pictures(['a'], 'train'), *pictures(['b'], 'val'), *pictures(['c'], 'test')]
    own, drawn, odd = with_splits([*given, *pictures(['d'])], 0.5, 0, None)
    assert [(picture.name, picture.split) for picture in own] == [
        ('a', 'train'),
        ('b', 'val'),
        ('d', 'train'),
    ]
    assert drawn == 0 and odd == (
        '1 pictures of a test split are left out',
        '1 pictures are of no split, and are to train on',
    )


def test_validation_stands_beside_pictures_of_no_split():
    given = [*pictures(['a', 'b', 'c']), *pictures(['d'], 'val')]
    own, drawn, odd = with_splits(given, 0.5, 0, None)
    assert (of('val', own), of('train', own), drawn) == ({'d'}, {'a', 'b', 'c'}, 0)
    assert odd == ('3 pictures are of no split, and are to train on',)


@pytest.mark.parametrize('split', ['train', 'val'])
def test_one_split_alone_is_divided(split):
    assert with_splits(pictures(NAMES, split), 0.2, 0, None).drawn == 8


@pytest.mark.parametrize(
    ('own', 'group', 'words'),
    [
        (pictures(['a'], 'test'), None, 'all pictures are of a test split'),
        (pictures(['a']), None, '1 pictures are one group'),
        (pictures(NAMES[:5]), FRAMES, '5 pictures are one group'),
        (pictures(NAMES), 'x', "--group 'x' is not found in 'a/a_000'"),
    ],
)
def test_what_cannot_be_divided_is_said(own, group, words):
    with pytest.raises(ValueError) as error:
        with_splits(own, 0.1, 0, group)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ('name', 'split'),
    [
        ('train2017', 'train'),
        ('val2017', 'val'),
        ('test2017', 'test'),
        ('Train_Set', 'train'),
        ('images_val', 'val'),
        ('valid-images', 'val'),
        ('training_2', 'train'),
        ('train_val', None),
        ('trains', None),
        ('retest', None),
    ],
)
def test_a_word_of_a_name_is_a_split(name, split):
    assert split_named(name) == split == split_of(Path(name, 'x.jpg'))


def test_the_innermost_folder_names_the_split_and_no_file_does():
    assert split_of(Path('Train/valid/x')) == 'val'
    assert split_of(Path('val2017/train_station/x')) == 'val'
    assert split_of(Path('a/test.jpg')) is split_of(Path('train')) is None


@pytest.mark.parametrize(
    ('folder', 'expected'),
    [
        ('Images', True),
        ('val2017', True),
        ('train_images', True),
        ('valid-set', True),
        ('train_1', False),
        ('train_station', False),
        ('2017', False),
        ('ulm', False),
    ],
)
def test_what_says_images_or_a_split_alone(folder, expected):
    assert says_nothing(folder) is expected
