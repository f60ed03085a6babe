import os
import time
from pathlib import Path

import pytest

from seg.datasets.own.files import damaged_json, files_below, json_kind
from seg.datasets.own.pictures import PictureFinder, find_pictures


def finder(*names):
    """``find`` and ``find_file`` of these pictures, by their names."""
    root = Path('own')
    own = PictureFinder(root, [root / name for name in names])

    def named(find):
        def call(*arguments):
            found = find(*arguments)
            return found and found.relative_to(root).as_posix()

        return call

    return named(own.find), named(own.find_file)


def test_a_name_is_found_by_the_end_of_its_path_or_in_its_split():
    find, find_file = finder('train/a.jpg', 'val/a.jpg', 'train/x/b.jpg', 'c.d.png')
    assert find('val/a') == find('labels/val/a') == find('a', 'val') == 'val/a.jpg'
    assert find('a') is None and find('a', 'test') is None and find('') is None
    assert find('b') == find('x/b') == find('/home/x/b') == 'train/x/b.jpg'
    assert find_file('C:\\data\\train\\a.JPG') == 'train/a.jpg'
    assert find_file('c.d') == find_file('c.d.png') == find_file('../c.d.jpeg') == 'c.d.png'


def test_a_folder_that_is_named_is_not_contradicted():
    find, find_file = finder('cam2/2.jpg', 'images/train/3.jpg', 'images/4.jpg', 'e\u0301.jpg')
    assert find_file('cam1/2.jpg') is None and find_file('2.jpg') == 'cam2/2.jpg'
    assert find_file('/data/cam2/2.jpg') == find_file('images\\cam2\\2.jpg') == 'cam2/2.jpg'
    assert find('val/3') is None and find('cam1/3') == find('3', 'val') == 'images/train/3.jpg'
    assert find_file('/data/upload/1/4.jpg') == 'images/4.jpg'
    assert find_file('/data/local-files/?d=images/%34.jpg') == 'images/4.jpg'
    assert find('\u00e9') == 'e\u0301.jpg'  # as macOS writes it


def test_of_several_the_nearest_is_meant_and_its_suffix_counts():
    find, find_file = finder('a.jpg', 'train/a.jpg', 'b/x.jpg', 'b/x.png', 'c/x.jpg', 'p/c/x.jpg')
    assert find('a') == find('a', 'train') == find('images/a') == 'a.jpg'
    assert find('train/a') == find('own/train/a') == 'train/a.jpg'
    assert find_file('b/x.png') == 'b/x.png' and find_file('b/x.JPG') == 'b/x.jpg'
    assert find_file('b/x.tif') is None and find('b/x') is None
    assert finder('b/x.jpg', 'train/x.jpg')[0]('x') is None
    assert find('c/x') == 'c/x.jpg' and find('q/p/c/x') == 'p/c/x.jpg'


def test_frames_that_have_the_names_of_a_thousand_others_are_found_at_once():
    _, find_file = finder(
        *(f'film{film}/{frame}.jpg' for film in range(1000) for frame in range(3))
    )
    begin = time.process_time()
    for film in range(200):
        assert find_file(f'/data/film{film}/1.jpg') == f'film{film}/1.jpg'
        assert find_file(f'gone{film}/1.jpg') is None
    assert time.process_time() - begin < 2  # each is not compared with a thousand


def test_what_is_missing_is_said_with_what_is_like_it():
    own = PictureFinder(Path('own'), [Path('own/cam2/2.jpg')])
    assert own.absence('cam1/3.jpg') == 'no picture of this name below own'
    expected = (
        'no picture of this name below own lies where this says; there is cam2/2.jpg (--images names '
        'the folder in which such paths begin)'
    )
    assert own.absence('cam1\\2.jpg') == own.absence('cam1/2') == expected
    own = PictureFinder(Path('own'), [Path('own/a/1.jpg'), Path('own/b/1.jpg'), Path('own/1.png')])
    assert own.find_file('1.jpg') is None
    expected = 'several pictures of this name below own fit, such as a/1.jpg and b/1.jpg'
    assert own.absence('1.jpg') == expected


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
