import sys
from types import ModuleType

import pytest

from ext.class_names import shapes_open
from seg.text_classifier.vocabulary import Vocabulary, find_vocabulary, known_vocabularies


def module(**names):
    made = ModuleType('my_names')
    vars(made).update(DATASET_NAME='Mine', THINGS=('cat,kitten', 'dog'), STUFF=('sky',))
    vars(made).update(names)
    return made


def test_a_module_of_names_is_a_vocabulary_with_things_first():
    mine = Vocabulary.of(module(PALETTE=[(1, 2, 3), [4, 5, 6], (7, 8, 9)], UNSEEN=['dog']))
    assert mine.classes == ('cat,kitten', 'dog', 'sky') and mine.num_things == 2
    assert (mine.things, mine.stuff) == (('cat,kitten', 'dog'), ('sky',))
    assert mine.palette[1] == (4, 5, 6) and mine.first_names() == ('cat', 'dog', 'sky')
    assert mine.metainfo == {
        'classes': mine.classes,
        'thing_classes': mine.things,
        'stuff_classes': mine.stuff,
        'palette': mine.palette,
        'unseen_classes': ('dog',),
    }
    assert Vocabulary.from_metainfo(mine.metainfo, 'Mine') == mine


def test_a_vocabulary_is_a_value():
    assert Vocabulary.of(module()) == Vocabulary.from_words(['cat,kitten', 'dog'], ['sky'], 'Mine')
    assert len({Vocabulary.of(module()), Vocabulary.of(module())}) == 1
    with pytest.raises(AttributeError):
        Vocabulary.of(module()).num_things = 3


def test_any_module_that_can_be_imported_names_one(monkeypatch):
    monkeypatch.setitem(sys.modules, 'my_names', module())
    assert Vocabulary.of('my_names').dataset_name == 'Mine'
    assert Vocabulary.of('ade20k_panoptic').num_things == 100


@pytest.mark.parametrize(
    ('names', 'reason'),
    [
        (dict(PALETTE=[(1, 2, 3)]), 'my_names has 3 classes, but 1 PALETTE'),
        (dict(NAMES=['cat']), 'my_names has 3 classes, but 1 NAMES'),
    ],
)
def test_lengths_that_differ_are_refused(names, reason):
    with pytest.raises(ValueError, match=reason):
        Vocabulary.of(module(**names))


@pytest.mark.parametrize('name', ['no_such_names', '.relative', '', 'ade20k panoptic'])
def test_what_names_nothing_is_told_what_there_is(name):
    with pytest.raises(ValueError, match=r'neither a file of ext/class_names \(ade20k_panoptic, '):
        Vocabulary.of(name)


def test_a_module_without_classes_is_told_what_it_lacks():
    with pytest.raises(ValueError, match='json names no classes: it has no DATASET_NAME, THINGS'):
        Vocabulary.of('json')


def test_the_files_of_names_are_found_by_their_dataset():
    names = [known.dataset_name for known in known_vocabularies()]
    assert 'ADE20KPanopticDataset' in names and len(set(names)) == len(names)
    assert find_vocabulary('ShapesOpenPanopticDataset').unseen == set(shapes_open.NOVEL)
    assert find_vocabulary('ShapesBasePanopticDataset').things == shapes_open.BASE
    assert find_vocabulary('Nobodys') is None


@pytest.mark.parametrize('metainfo', [{}, {'classes': ()}, {'classes': 'cat'}])
def test_metainfo_without_classes_names_its_dataset(metainfo):
    with pytest.raises(ValueError, match=r"Theirs has no metainfo\['classes'\]"):
        Vocabulary.from_metainfo(metainfo, 'Theirs')


def test_a_dataset_that_does_not_tell_things_from_stuff_says_so():
    known = Vocabulary.from_metainfo({'classes': ['cat', 'dog'], 'palette': 'random'}, 'Theirs')
    assert known.num_things is None and known.things == ('cat', 'dog') and known.stuff == ()
    assert known.metainfo == {'classes': ('cat', 'dog')} and known.palette == ()
