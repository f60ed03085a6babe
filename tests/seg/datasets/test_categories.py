import random

import pytest

from ext.class_names import ade20k_panoptic, coco_panoptic
from seg.datasets.categories import match_categories

CLASSES = ['bed,beds', 'screen door,screen', 'screen,projection screen', 'blind,screen', 'tree']
THINGS = [True, True, True, False, False]


def category(name, id=1, **more):
    return {'id': id, 'name': name, **more}


@pytest.mark.parametrize(
    ('given', 'label'),
    [
        (category('bed'), 0),
        (category('Beds '), 0),
        (category('tree, oak'), 4),
        (category('screen, projection screen'), 2),
        (category('screen'), 2),
        (category('screen', isthing=0), 3),
        (category('blind, screen', isthing=0), 3),
        (category('screen door, screen'), 1),
    ],
)
def test_a_category_finds_its_class(given, label):
    assert match_categories([given], CLASSES, things=THINGS) == {1: label}


def test_the_own_name_comes_before_the_candidates():
    names = ['a', 'b', 'c', 'screen', 'e']
    assert match_categories([category('screen')], CLASSES, names=names) == {1: 3}


def test_categories_that_match_nothing_are_listed():
    with pytest.raises(ValueError, match=r"2 annotation categories .* 5 classes: 'cow', 'owl'"):
        match_categories([category('cow'), category('bed', 2), category('owl', 3)], CLASSES)


def test_of_a_subset_the_other_categories_are_left_out_unless_a_class_has_none():
    categories = [category('cow'), category('bed', 2), category('owl', 3)]
    assert match_categories(categories, ['bed'], subset=True) == {2: 0}
    message = r"2 annotation categories .* 2 classes: 'cow', 'owl'; 1 classes have no .*: 'bad'"
    with pytest.raises(ValueError, match=message):
        match_categories(categories, ['bed', 'bad'], subset=True)


def test_two_categories_of_one_class_are_refused():
    with pytest.raises(ValueError, match="'bed' and 'beds' both match class 'bed,beds'"):
        match_categories([category('bed'), category('beds', 2)], CLASSES)


def test_a_thing_that_is_annotated_as_stuff_is_refused():
    with pytest.raises(ValueError, match="'bed' has isthing=0, but class 'bed,beds' is a thing"):
        match_categories([category('bed', isthing=0)], CLASSES, things=THINGS)


@pytest.mark.parametrize('module', [ade20k_panoptic, coco_panoptic])
def test_the_own_categories_in_any_order_find_their_classes(module):
    count = len(module.CLASSES)
    order = random.Random(0).sample(range(count), count)
    things = [index < len(module.THINGS) for index in range(count)]
    categories = [category(module.NAMES[i], 7 * i, isthing=int(things[i])) for i in order]
    found = match_categories(categories, module.CLASSES, things=things, names=module.NAMES)
    assert found == {7 * i: i for i in range(count)}


def test_ade20k_categories_are_found_through_candidates_alone():
    module = ade20k_panoptic
    things = [index < 100 for index in range(150)]
    categories = [category(name, i, isthing=int(things[i])) for i, name in enumerate(module.NAMES)]
    found = match_categories(categories, module.CLASSES, things=things)
    assert found == {i: i for i in range(150)}
