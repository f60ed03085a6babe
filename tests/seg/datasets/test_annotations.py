"""Annotation files: what they hold, and the first thing that is wrong in them."""

import copy
import json

import pytest

from seg.datasets.annotations import png_name, read_annotations

SEGMENT = {'id': 7, 'category_id': 2, 'area': 3, 'bbox': [0, 0, 1.5, 2], 'iscrowd': 0}
CONTENT = {
    'images': [{'id': 'a', 'file_name': 'a.JPG', 'height': 4, 'width': 5}],
    'annotations': [{'image_id': 'a', 'file_name': 'a_GT.png', 'segments_info': [SEGMENT]}],
    'categories': [{'id': 2, 'name': 'cat', 'isthing': 1}],
}


@pytest.fixture
def read(tmp_path):
    def call(content):
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        (tmp_path / 'a.json').write_bytes(text)
        return read_annotations(tmp_path / 'a.json')

    return call


def changed(*path, value=None, delete=False):
    content = copy.deepcopy(CONTENT)
    entry = content
    for key in path[:-1]:
        entry = entry[key]
    if delete:
        del entry[path[-1]]
    else:
        entry[path[-1]] = value
    return content


def test_what_is_needed_is_kept(read):
    found = read(CONTENT | {'info': {'year': 2017}})
    assert json.loads(json.dumps(found)) == CONTENT


def test_a_file_without_annotations_need_not_tell_things_from_stuff(read):
    content = changed('categories', 0, 'isthing', delete=True)
    for annotations in ({}, {'annotations': []}):
        content.pop('annotations', None)
        assert read(content | annotations)['categories'] == [{'id': 2, 'name': 'cat'}]


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        (('images', 0, 'file_name'), 5),
        (('images', 0, 'id'), None),
        (('images', 0, 'width'), 0),
        (('images', 0), None),
        (('images',), []),
        (('annotations',), None),
        (('annotations', 0, 'segments_info'), None),
        (('annotations', 0, 'segments_info', 0, 'id'), '7'),
        (('annotations', 0, 'segments_info', 0, 'bbox'), [1, 2, 3]),
        (('categories', 0, 'name'), ['cat']),
    ],
)
def test_a_value_of_another_type_is_named(read, path, value):
    keys = ''.join(rf'\[{key}\]' if isinstance(key, int) else rf'\.{key}' for key in path)
    with pytest.raises(ValueError, match=rf'a\.json: Expected .*- at `\${keys}`$'):
        read(changed(*path, value=value))


@pytest.mark.parametrize(
    'path',
    [
        ('images', 0, 'height'),
        ('annotations', 0, 'image_id'),
        ('annotations', 0, 'segments_info', 0, 'category_id'),
        ('categories', 0, 'isthing'),
    ],
)
def test_a_missing_key_is_named(read, path):
    with pytest.raises(
        ValueError, match=rf'missing required field `{path[-1]}` - at `\$\.{path[0]}'
    ):
        read(changed(*path, delete=True))


@pytest.mark.parametrize(
    'text',
    [b'', b'{"images": [', b'[]', b'\xff', b'{"x": ' + b'[' * 100_000, b'{"images": "\xff"}'],
)
def test_what_is_no_annotation_file_is_one_error(read, text):
    with pytest.raises(ValueError, match=r'^annotation file .*a\.json: \S'):
        read(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'annotation file .*b\.json does not exist'):
        read_annotations(tmp_path / 'b.json')


@pytest.mark.parametrize('name', ['x/a.jpg', 'x/a.JPG', 'x/a.jpeg', 'x/a.png'])
def test_a_png_has_its_own_name_or_the_images(name):
    assert png_name({'file_name': name}, {'file_name': 'b_GT.png'}) == 'b_GT.png'
    assert png_name({'file_name': name}, {}) == 'x/a.png'
