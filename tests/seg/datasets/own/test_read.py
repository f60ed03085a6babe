"""What classes may be called, and which of them ``--things`` means."""

import json

import numpy as np
import pytest
from own_formats import save

from seg.datasets.own.read import read_source, with_things
from seg.datasets.own.source import Settings, Source, SourceClass


@pytest.fixture
def read(tmp_path):
    """Reads COCO annotations of one picture with categories of these names."""

    def read(*names):
        (tmp_path / 'a.jpg').touch()
        content = {
            'images': [{'id': 1, 'file_name': 'a.jpg'}],
            'categories': [{'id': i, 'name': name} for i, name in enumerate(names)],
        }
        (tmp_path / 'a.json').write_text(json.dumps(content), 'utf-8')
        return read_source(tmp_path, Settings())

    return read


@pytest.mark.parametrize(
    'name', ['road; street', '[other]', '1. car', '"car"', '#car', 'a # b', 'car\nbus']
)
def test_a_name_that_the_file_of_the_classes_would_change_is_refused(read, name):
    with pytest.raises(ValueError) as error:
        read('sky', name)
    said = str(error.value)
    assert f'class {name!r} would be another one in classes.txt; rename it' in said


def test_names_that_are_written_in_two_ways_of_unicode_stand(read):
    assert [own.name for own in read('cafe\u0301', ' sky ').classes] == ['cafe\u0301', 'sky']


def test_a_name_that_becomes_several_words_is_odd(read):
    source = read('traffic light/sign', 'lamp_or_pole', 'sky')
    assert source.odd == (
        'class traffic light/sign: has several words, parted by a comma, / or _or_; each stands for the class',
        'class lamp_or_pole: has several words, parted by a comma, / or _or_; each stands for the class',
    )


@pytest.mark.parametrize('split', ['train', 'valid_images', 'val2017'])
def test_folders_that_repeat_the_split_go_unless_two_pictures_would_have_one_name(tmp_path, split):
    for file in (f'images/{split}/a.png', 'images/b/a.png'):
        save(np.zeros((4, 5), np.uint8), tmp_path / file)
        save(np.zeros((4, 5), np.uint8), tmp_path / file.replace('images', 'labels', 1))
    own = read_source(tmp_path / 'labels', Settings(names='0: sky'))
    assert {picture.name for picture in own.pictures} == {'a.png', 'b/a.png'}
    save(np.zeros((4, 5), np.uint8), tmp_path / 'images/a.png')
    save(np.zeros((4, 5), np.uint8), tmp_path / 'labels/a.png')
    own = read_source(tmp_path / 'labels', Settings(names='0: sky'))
    assert len({picture.name for picture in own.pictures}) == 3


def source(*words):
    classes = tuple(SourceClass(own.split(',')[0], own) for own in words)
    return Source('semantic', classes, (), lambda picture, size: None)


@pytest.mark.parametrize(
    ('name', 'things'),
    [
        ('traffic light/sign', ['traffic light/sign']),
        ('sign', ['sign']),
        ('Light', ['traffic light/sign']),
        ('boards', ['sign']),
    ],
)
def test_things_are_those_called_so_before_those_of_the_word(name, things):
    own = source('traffic light/sign,light', 'sign,boards', 'sky')
    assert [kind.name for kind in with_things(own, [name]).classes if kind.is_thing] == things


def test_a_word_of_several_classes_is_no_name_of_a_thing():
    with pytest.raises(ValueError, match="--things names 'light', a word of lamp and sign; give"):
        with_things(source('lamp,light', 'sign,light'), ['light'])
