import sys
from types import ModuleType

import pytest

from ext.class_names import shapes_open
from seg.text_classifier.vocabulary import (
    Vocabulary,
    find_vocabulary,
    known_vocabularies,
    seen_classes,
)


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
        (dict(PALETTE=[(1, 2, 3)]), 'PALETTE of my_names has 1 entries for 3 classes'),
        (dict(NAMES=['cat']), 'NAMES of my_names has 1 entries for 3 classes'),
        (dict(STUFF='sky'), r"STUFF of my_names is 'sky', expected a tuple of names"),
        (dict(THINGS={'cat': 1}), 'THINGS of my_names is .*, expected a tuple'),
        (dict(UNSEEN=('unicorn',)), "UNSEEN of my_names names 'unicorn', which is none of its"),
        (dict(PALETTE=[(1, 2)] * 3), r'my_names: PALETTE needs one \(red, green, blue\)'),
        (dict(PALETTE=list(range(3))), 'my_names: PALETTE needs one'),
        (dict(PALETTE=[(1, 2, 300)] * 3), 'from 0 to 255'),
        (dict(DATASET_NAME='my/set'), "my_names: 'my/set' cannot be the dataset name"),
    ],
)
def test_names_that_cannot_be_are_refused_by_their_module(names, reason):
    with pytest.raises(ValueError, match=reason):
        Vocabulary.of(module(**names))


@pytest.mark.parametrize('source', [None, 5, ['cat']])
def test_what_is_no_name_is_shown(source):
    with pytest.raises(ValueError, match=r'vocabulary is .*, expected the name of a file'):
        Vocabulary.of(source)


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        ("raise RuntimeError('boom')", 'RuntimeError: boom'),
        ('DATASET_NAME = (', "SyntaxError: '\\(' was never closed"),
        ('import nonexistent_package', "No module named 'nonexistent_package'"),
        ('import sys; sys.exit(0)', 'SystemExit: 0'),
    ],
)
def test_a_module_that_fails_is_named_with_its_file(tmp_path, monkeypatch, content, reason):
    (tmp_path / 'failing_names.py').write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ValueError, match=f"cannot import vocabulary 'failing_names', .*{reason}"):
        Vocabulary.of('failing_names')


@pytest.mark.parametrize('name', ['no_such_names', '.relative', '', 'ade20k panoptic'])
def test_what_names_nothing_is_told_what_there_is(name):
    with pytest.raises(
        ValueError, match=r'neither a file of ext/class_names \(ade20k_full, ade20k_panoptic, '
    ):
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


def test_things_that_are_not_the_first_classes_tell_no_number():
    known = Vocabulary.from_metainfo(
        {'classes': ('sky', 'cat'), 'thing_classes': ('cat',), 'palette': [(1, 2)]}, 'Theirs'
    )
    assert known.num_things is None and known.palette == ()


def test_a_class_is_seen_if_one_of_its_words_is_one_of_training():
    trained_on = ('cat, kitten', 'traffic light')
    assert seen_classes(('kitten', 'dog,cat', 'cats', 'light', 'traffic light'), trained_on) == (
        True,
        True,
        False,
        False,
        True,
    )


def test_of_ade20k_training_on_coco_sees_84_classes():
    coco, ade20k = (Vocabulary.of(name) for name in ('coco_panoptic', 'ade20k_panoptic'))
    assert sum(seen_classes(ade20k.classes, coco.classes)) == 84
    assert all(seen_classes(coco.classes, coco.classes))
