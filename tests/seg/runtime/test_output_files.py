from pathlib import Path

import pytest

from seg.runtime.output_files import name_outputs


def names(inputs, folder='out', suffixes=('.png',), others=()):
    found = name_outputs(inputs, folder, suffixes, others)
    return [path.as_posix() for paths in found.values() for path in paths]


def test_an_output_is_named_after_its_input_suffix_and_all():
    assert names(['in/a.jpg']) == ['out/a.jpg.png']
    assert names(['in/a.jpg'], suffixes=('.png', '.json')) == ['out/a.jpg.png', 'out/a.jpg.json']
    assert names([]) == []


def test_suffixes_and_folders_keep_equal_names_apart():
    assert names(['in/a.jpg', 'in/a.png']) == ['out/a.jpg.png', 'out/a.png.png']
    assert names(['in/x/a.jpg', 'in/y/a.jpg', 'in/y/z/a.jpg']) == [
        'out/x/a.jpg.png',
        'out/y/a.jpg.png',
        'out/y/z/a.jpg.png',
    ]
    assert names(['in/x/a.jpg', 'in/x/b.jpg']) == ['out/a.jpg.png', 'out/b.jpg.png']


def test_the_same_input_given_twice_has_one_output():
    assert names(['in/a.jpg', 'in/a.jpg']) == ['out/a.jpg.png']


def test_an_output_that_is_an_input_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r'a\.png\.png.* is itself one of the input files'):
        names([tmp_path / 'a.png', tmp_path / 'a.png.png'], tmp_path)
    assert names([tmp_path / 'a.png'], tmp_path) == [f'{tmp_path.as_posix()}/a.png.png']


def test_an_output_that_is_an_input_by_another_path_is_refused(tmp_path):
    (tmp_path / 'in').mkdir()
    (tmp_path / 'link').symlink_to('in')
    with pytest.raises(ValueError, match='one of the input files'):
        names([tmp_path / 'in/a.png', tmp_path / 'in/a.png.png'], tmp_path / 'link')


def test_an_output_that_is_another_file_to_keep_is_refused(tmp_path):
    with pytest.raises(ValueError, match='one of the input files'):
        names([Path('in/a.jpg')], tmp_path, others=[tmp_path / 'a.jpg.png'])


def test_an_output_of_two_inputs_is_refused():
    with pytest.raises(ValueError, match=r'a\.b\.c would be made of both .*in/a and in/a\.b'):
        names(['in/a', 'in/a.b'], suffixes=('.b.c', '.c'))
