"""Each format, prepared, is pixel by pixel what it says by a slow definition."""

import json
from importlib import import_module

import own_formats
import pytest

from seg.datasets.own.read import format_names
from seg.panoptic.png import read_panoptic_png

EVERY = (*own_formats.FORMATS, *own_formats.VARIANTS)
ALL_THINGS = ('yolo', 'roboflow', 'voc_devkit')


def segments(out, split):
    """Of each picture: the PNG's id of each pixel, and its segments by id; and the categories by id."""
    content = json.loads((out / f'panoptic_{split}.json').read_text())
    found = {}
    for image, annotation in zip(content['images'], content['annotations'], strict=True):
        assert (out / 'images' / split / image['file_name']).is_file()
        ids = read_panoptic_png(out / f'panoptic_{split}' / annotation['file_name'])
        assert ids.shape == own_formats.SIZE == (image['height'], image['width'])
        found[image['file_name']] = ids, {s['id']: s for s in annotation['segments_info']}
    return found, {category['id']: category for category in content['categories']}


def check(out, expected, things):
    """Each segment is the pixels of one key of what is expected, and says the same."""
    found = {}
    for split in ('train', 'val'):
        pictures, categories = segments(out, split)
        found |= {(split, name): own for name, own in pictures.items()}
    assert found.keys() == expected.keys()
    for picture, (ids, own) in found.items():
        places = {}
        for place, key in expected[picture].items():
            places.setdefault(key, set()).add(place)
        by_id = {}
        for row in range(own_formats.HEIGHT):
            for column in range(own_formats.WIDTH):
                if ids[row, column]:
                    by_id.setdefault(int(ids[row, column]), set()).add((row, column))
        assert by_id.keys() == own.keys() and len(by_id) == len(places)
        key_of = {frozenset(own): key for key, own in places.items()}
        for number, pixels in by_id.items():
            name, _, is_crowd = key_of[frozenset(pixels)]
            segment = own[number]
            category = categories[segment['category_id']]
            assert (category['name'], bool(segment['iscrowd'])) == (name, is_crowd)
            assert category['isthing'] == (things is None or name in things)
            rows, columns = zip(*pixels, strict=True)
            x, y, width, height = segment['bbox']
            assert (x, y, x + width - 1, y + height - 1) == (
                *(min(columns), min(rows)),
                *(max(columns), max(rows)),
            )
            assert segment['area'] == len(pixels)


@pytest.mark.parametrize('name', EVERY)
def test_every_pixel_is_what_the_format_says(name, sources, prepare, tmp_path, monkeypatch):
    source, arguments, expected = sources[name]
    monkeypatch.chdir(source.parent)
    code, out, _ = prepare(source.name, tmp_path / 'out', *arguments)
    assert code == 0 and 'out: 3 pictures to train on, 1 to validate' in out
    check(tmp_path / 'out', expected, None if name in ALL_THINGS else own_formats.THINGS)


def test_no_format_claims_the_folder_of_another(sources):
    kind_of = {name: kind for name, (_, kind) in own_formats.VARIANTS.items()}
    assert set(own_formats.FORMATS) == set(format_names())
    for name, (source, _, _) in sources.items():
        claims = [
            own
            for own in format_names()
            if import_module(f'seg.datasets.own.formats.{own}').detect(source)
        ]
        assert claims == [kind_of.get(name, name)], name
