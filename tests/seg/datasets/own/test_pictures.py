import os
from pathlib import Path

import pytest

from seg.datasets.own.files import damaged_json, files_below, json_kind
from seg.datasets.own.pictures import PictureFinder, find_pictures


def test_a_name_is_found_by_the_end_of_its_path_or_in_its_split():
    finder = PictureFinder(['train/a', 'val/a', 'train/x/b', 'c.d'])
    assert finder.find('val/a') == finder.find('labels/val/a') == finder.find('a', 'val') == 'val/a'
    assert finder.find('a') is None and finder.find('a', 'test') is None and finder.find('') is None
    assert finder.find('b') == finder.find('elsewhere/b') == 'train/x/b'
    assert finder.find_file('C:\\data\\train\\a.JPG') == 'train/a'
    assert finder.find_file('c.d') == finder.find_file('c.d.png') == 'c.d'


def test_links_are_followed_once_and_hidden_files_passed_over(tmp_path):
    for name in ('own/b/2.jpg', 'own/a/1.JPG', 'own/.hidden/3.jpg', 'own/._4.jpg', 'far/图 5.png'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b'')
    (tmp_path / 'own/c').symlink_to('../far')
    (tmp_path / 'far/loop').symlink_to('../own')
    found = find_pictures(tmp_path / 'own')
    assert list(found) == ['a/1', 'b/2', 'c/图 5']
    assert list(files_below(tmp_path / 'nowhere', {'.jpg'})) == []


def test_pictures_that_would_have_one_png_are_named(tmp_path):
    for name in ('a.jpg', 'a.png'):
        (tmp_path / name).write_bytes(b'')
    with pytest.raises(ValueError, match=r'a\.jpg and a\.png differ in the suffix alone'):
        find_pictures(tmp_path)
    with pytest.raises(FileNotFoundError, match='nowhere does not exist'):
        find_pictures(tmp_path / 'nowhere')


@pytest.mark.parametrize(
    ('text', 'kind'),
    [
        ('{"shapes": [], "imagePath": "a"}', 'labelme'),
        ('{"imageData": "%s", "imagePath": "a", "shapes": []}' % ('A' * 70_000), 'labelme'),
        ('{"images": [], "categories": [{"name": "shapes"}], "annotations": []}', 'coco'),
        ('{"annotations": [{"segments_info": []}], "images": []', 'panoptic'),
        ('{"images": [', None),
        ('{"other": 1}', None),
    ],
)
def test_what_json_is_of_shows_in_its_keys(text, kind, tmp_path):
    file = tmp_path / 'a.JSON'
    file.write_text(text)
    assert json_kind(file) == kind
    assert damaged_json(tmp_path) == ([file] if text == '{"images": [' else [])
    assert json_kind(Path(os.devnull)) is None
