"""What ext.class_names promises: mmdet's classes in mmdet's order, and clean candidates."""

import ast
import importlib.util
from collections import defaultdict
from pathlib import Path

import pytest

from ext.class_names import ade20k_panoptic, coco_panoptic
from seg.text_classifier.candidates import split_candidates, split_classes
from seg.text_classifier.vocabulary import Vocabulary

MODULES = [
    pytest.param(ade20k_panoptic, id='ade20k'),
    pytest.param(coco_panoptic, id='coco'),
]
MMDET_SOURCE = [
    pytest.param(ade20k_panoptic, 'ade20k.py', 'ADE20KPanopticDataset', id='ade20k'),
    pytest.param(coco_panoptic, 'coco_panoptic.py', 'CocoPanopticDataset', id='coco'),
]


def read_metainfo(file: str, dataset: str) -> dict:
    """``METAINFO`` of an mmdet data set, from its source: importing mmdet needs compiled ops."""
    spec = importlib.util.find_spec('mmdet')
    if spec is None:
        pytest.skip('mmdet is not installed; pip install onedl-mmdetection')
    source = Path(spec.origin).parent / 'datasets' / file
    body = ast.parse(source.read_text(encoding='utf-8')).body
    module = assignments(body)
    (owner,) = [node for node in body if isinstance(node, ast.ClassDef) and node.name == dataset]
    metainfo = assignments(owner.body)['METAINFO']
    values = [module[v.id] if isinstance(v, ast.Name) else v for v in metainfo.values]
    return {
        ast.literal_eval(key): ast.literal_eval(value)
        for key, value in zip(metainfo.keys, values, strict=True)
    }


def assignments(body: list[ast.stmt]) -> dict[str, ast.expr]:
    return {node.targets[0].id: node.value for node in body if isinstance(node, ast.Assign)}


def natural_coco_name(name: str) -> str:
    """COCO's own category name as one would say it: 'wall-brick' is 'brick wall'."""
    parts = [part for part in name.split('-') if part not in ('merged', 'other', 'stuff')]
    if parts[0] in ('floor', 'wall'):
        parts.reverse()
    return ' '.join(parts).replace('playingfield', 'playing field')


def classes_of_candidates(classes: tuple[str, ...]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for index, candidates in enumerate(split_classes(classes)):
        for candidate in candidates:
            found[candidate].append(index)
    return found


@pytest.mark.parametrize(
    ('module', 'things', 'stuff', 'least', 'most'),
    [(ade20k_panoptic, 100, 50, 350, 450), (coco_panoptic, 80, 53, 300, 420)],
    ids=['ade20k', 'coco'],
)
def test_numbers_of_classes_and_candidates(module, things, stuff, least, most):
    assert (len(module.THINGS), len(module.STUFF)) == (things, stuff)
    assert module.CLASSES == module.THINGS + module.STUFF
    assert len(module.NAMES) == len(module.PALETTE) == things + stuff
    counts = [len(candidates) for candidates in split_classes(module.CLASSES)]
    assert least <= sum(counts) <= most
    assert max(counts) <= 20


@pytest.mark.parametrize(('module', 'file', 'dataset'), MMDET_SOURCE)
def test_names_things_and_palette_are_those_of_mmdet(module, file, dataset):
    metainfo = read_metainfo(file, dataset)
    things = len(module.THINGS)
    assert tuple(metainfo['classes']) == module.NAMES
    assert tuple(metainfo['thing_classes']) == module.NAMES[:things]
    assert tuple(metainfo['stuff_classes']) == module.NAMES[things:]
    assert tuple(metainfo['palette']) == module.PALETTE


@pytest.mark.parametrize('module', MODULES)
def test_no_candidate_belongs_to_two_classes(module):
    found = classes_of_candidates(module.CLASSES)
    assert {word: indices for word, indices in found.items() if len(indices) > 1} == {}


@pytest.mark.parametrize('module', MODULES)
def test_entries_are_written_as_split_candidates_gives_them_back(module):
    for entry in module.CLASSES:
        assert ','.join(split_candidates(entry)) == entry


@pytest.mark.parametrize('module', MODULES)
def test_candidates_are_short_natural_words(module):
    for candidate in classes_of_candidates(module.CLASSES):
        words = candidate.split()
        assert len(words) <= 5, candidate
        assert all(word.isascii() and word.isalpha() for word in words), candidate


def test_ade20k_own_words_are_candidates_of_their_class():
    # Where own names share a word, the class that keeps it as it is.
    kept_by = {
        'screen': 'screen',
        'pot': 'pot',
        'stool': 'stool',
        'counter': 'counter',
        'ground': 'earth, ground',
    }
    shared = {
        word
        for word, indices in classes_of_candidates(ade20k_panoptic.NAMES).items()
        if len(indices) > 1
    }
    assert shared == set(kept_by)
    candidates = split_classes(ade20k_panoptic.CLASSES)
    for name, own in zip(ade20k_panoptic.NAMES, candidates, strict=True):
        for word in split_candidates(name):
            if kept_by.get(word, name) == name:
                assert word in own
            else:
                assert any(word in candidate.split() for candidate in own), (name, word)


def test_first_own_word_of_ade20k_leads_to_its_class_alone():
    found = classes_of_candidates(ade20k_panoptic.CLASSES)
    for index, name in enumerate(ade20k_panoptic.NAMES):
        assert found[split_candidates(name)[0]] == [index]


def test_ade20k_annotation_files_other_spellings_lead_to_their_class():
    found = classes_of_candidates(ade20k_panoptic.CLASSES)
    for spelling, name in [('plane', 'airplane'), ('window ', 'window')]:
        (word,) = split_candidates(spelling)
        assert found[word] == [ade20k_panoptic.NAMES.index(name)]


@pytest.mark.parametrize(
    ('name', 'natural'),
    [
        ('hair drier', 'hair drier'),
        ('door-stuff', 'door'),
        ('floor-wood', 'wood floor'),
        ('wall-brick', 'brick wall'),
        ('window-blind', 'window blind'),
        ('window-other', 'window'),
        ('sky-other-merged', 'sky'),
        ('playingfield', 'playing field'),
    ],
)
def test_coco_own_names_in_natural_form(name, natural):
    assert natural_coco_name(name) == natural
    assert name in coco_panoptic.NAMES


def test_coco_own_name_in_natural_form_leads_to_its_class_alone():
    found = classes_of_candidates(coco_panoptic.CLASSES)
    for index, name in enumerate(coco_panoptic.NAMES):
        assert found[natural_coco_name(name)] == [index]


@pytest.mark.parametrize(
    ('name', 'size', 'with_synonyms'),
    [('ade20k_full', 847, 790), ('pascal_context_459', 459, 430), ('lvis', 1203, 450)],
)
def test_large_vocabularies_have_synonyms_that_belong_to_one_class(name, size, with_synonyms):
    classes = Vocabulary.of(name).classes
    found = classes_of_candidates(classes)
    assert {word: indices for word, indices in found.items() if len(indices) > 1} == {}
    assert len(classes) == size
    assert sum(len(own) > 1 for own in split_classes(classes)) >= with_synonyms


@pytest.mark.parametrize('name', ['ade20k_full', 'pascal_context_459'])
def test_large_vocabularies_are_written_as_split_candidates_gives_them_back(name):
    for entry in Vocabulary.of(name).classes:
        assert ','.join(split_candidates(entry)) == entry


def test_brackets_of_lvis_are_closed_and_leave_every_class_a_plain_word():
    for own in split_classes(Vocabulary.of('lvis').classes):
        assert all(word.count('(') == word.count(')') for word in own), own  # '/' would cut one
        assert any('(' not in word for word in own), own
