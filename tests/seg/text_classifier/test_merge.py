import pytest

from ext.class_names import ade20k_panoptic, coco_panoptic
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.merge import merge_vocabularies
from seg.text_classifier.vocabulary import Vocabulary


def merge(*vocabularies):
    return merge_vocabularies([Vocabulary.from_words(*each) for each in vocabularies])


def kinds(vocabulary):
    return vocabulary.things, vocabulary.stuff


def test_classes_that_begin_alike_become_one_with_all_candidates():
    merged, maps = merge((['cat,kitten', 'dog'], ['sky']), (['dog,puppy', 'cow'], ['sea', 'sky']))
    assert kinds(merged) == (('cat,kitten', 'dog,puppy', 'cow'), ('sky', 'sea'))
    assert maps == [[0, 1, 3], [1, 2, 4, 3]]


@pytest.mark.parametrize(
    ('one', 'other', 'count'),
    [
        ('sofa,couch', 'couch,sofa,loveseat', 1),  # each begins with a candidate of the other
        ('staircase,stairway', 'stairs,steps,staircase,stairway', 1),  # half of the fewer shared
        ('animal,dog,cat,cow', 'dog,dogs,puppy', 2),
        ('cat', 'dog', 2),
    ],
)
def test_which_classes_are_one(one, other, count):
    merged, _ = merge(([one], []), ([other], []))
    assert len(merged.things) == count


def test_a_class_takes_the_best_partner_and_only_one():
    merged, maps = merge((['lake,pond', 'water,lake'], []), (['water,lake,pond', 'lake,lakes'], []))
    assert maps == [[0, 1], [1, 0]]
    assert merged.things == ('lake,pond,lakes', 'water')


def test_things_and_stuff_stay_apart_and_share_no_candidate():
    merged, maps = merge((['window,pane', 'cabinet'], []), ([], ['window,glass', 'cabinet']))
    assert kinds(merged) == (('window,pane', 'cabinet'), ('glass', 'cabinet stuff'))
    assert maps == [[0, 1], [2, 3]]
    merged, _ = merge(([], ['cabinet']), (['cabinet'], []))
    assert kinds(merged) == (('cabinet',), ('cabinet stuff',))


def test_a_shared_candidate_stays_with_the_class_that_begins_with_it():
    merged, _ = merge((['animal,dog,cat,cow'], []), (['dog,dogs,puppy'], []))
    assert merged.things == ('animal,cat,cow', 'dog,dogs,puppy')


def test_equal_vocabularies_stay_as_they_are():
    vocabulary = (('cat_or_kitten', 'dog'), ('sky', 'sky,clouds'))
    merged, maps = merge(vocabulary, vocabulary)
    assert kinds(merged) == vocabulary
    assert maps == [[0, 1, 2, 3]] * 2


def test_names_are_kept_as_written_where_nothing_is_added():
    merged, _ = merge((['cat_or_kitten'], []), (['dog'], []))
    assert merged.things == ('cat_or_kitten', 'dog')


def test_three_vocabularies():
    merged, maps = merge((['a'], ['x']), (['b'], ['x']), (['b', 'a'], []))
    assert kinds(merged) == (('a', 'b'), ('x',))
    assert maps == [[0, 2], [1, 2], [1, 0]]


def test_ade20k_and_coco_make_one_clean_vocabulary():
    modules = (ade20k_panoptic, coco_panoptic)
    merged, maps = merge(*((module.THINGS, module.STUFF) for module in modules))
    classes = merged.things + merged.stuff
    words = [word for candidates in split_classes(classes) for word in candidates]
    assert len(words) == len(set(words))
    assert 200 < len(classes) < 255
    for module, label_map in zip(modules, maps, strict=True):
        assert len(set(label_map)) == len(label_map) == len(module.CLASSES)
        for old, new in enumerate(label_map):
            assert (old < len(module.THINGS)) == (new < len(merged.things))
    ade, coco = ({n: maps[i][j] for j, n in enumerate(m.NAMES)} for i, m in enumerate(modules))
    for one, other in [('bed', 'bed'), ('sofa', 'couch'), ('sky', 'sky-other-merged')]:
        assert ade[one] == coco[other]
    for one, other in [('animal', 'dog'), ('table', 'dining table')]:
        assert ade[one] != coco[other]
