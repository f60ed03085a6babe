"""ADE20K's full release: classes are found by their names in the index, of which no code is run."""

import io
import os
import pickle

import numpy as np
import pytest
import released_sets
from PIL import Image

from ext.class_names.ade20k_full import NAMES, STUFF
from seg.datasets.test_sets.ade20k_full import ADE20KFull

SMALL, LARGE = released_sets.ADE_PICTURES
INDEX = 'index_ade20k.pkl'


@pytest.fixture
def raw(tmp_path):
    return tmp_path / 'ADE20K_2021_17_01'


@pytest.fixture
def objects(raw):
    return released_sets.write_ade20k_full(raw)


def slow_labels(raw, name, objects, rows=None, columns=None):
    """Pixel by pixel, of all pixels or of those in some rows and columns."""
    (file,) = raw.rglob(f'{name}_seg.png')
    colours = np.asarray(Image.open(file)).tolist()
    rows = range(len(colours)) if rows is None else rows
    columns = range(len(colours[0])) if columns is None else columns
    class_of = {name: label for label, name in enumerate(NAMES)}
    labels = np.full((len(rows), len(columns)), -1)
    for place, row in enumerate(rows):
        for where, column in enumerate(columns):
            red, green, _ = colours[row][column]
            number = red // 10 * 256 + green
            if number:
                labels[place, where] = class_of.get(objects[number - 1], -1)
    return labels


def change_index(raw, **entries):
    index = pickle.loads((raw / INDEX).read_bytes())
    (raw / INDEX).write_bytes(pickle.dumps({**index, **entries}))


def test_every_class_has_a_name_of_its_own_in_the_index():
    assert len(set(NAMES)) == len(NAMES) == 847
    for entry, name in zip(STUFF, NAMES, strict=True):
        own = {word.strip().split()[-1] for word in name.split(',')}
        assert any(word.split()[-1] in own or word == 'house exterior' for word in entry.split(','))


@pytest.mark.parametrize('protocol', [2, 4, 5])
def test_label_images_are_those_of_the_slow_definition(raw, protocol):
    objects = released_sets.write_ade20k_full(raw, protocol)
    released = ADE20KFull(raw.parent, NAMES)
    assert released.names == [SMALL, LARGE]
    expected = slow_labels(raw, SMALL, objects)
    assert (expected >= 0).any() and (expected < 0).any()
    assert expected[0, 8] == NAMES.index('screen, crt screen')
    np.testing.assert_array_equal(released.labels(SMALL), expected)


def test_a_large_picture_and_its_labels_are_made_as_small_as_papers_measure_them(raw, objects):
    released = ADE20KFull(raw, NAMES)
    found = released.labels(LARGE)
    assert found.shape == (512, 640)
    rows, columns = (np.arange(0, side, 7) for side in found.shape)
    expected = slow_labels(raw, LARGE, objects, rows * 640 // 512, columns * 800 // 640)
    np.testing.assert_array_equal(found[np.ix_(rows, columns)], expected)
    small = np.asarray(Image.open(io.BytesIO(released.picture(LARGE)))).astype(int)
    large = np.asarray(Image.open(next(raw.rglob(f'{LARGE}.jpg')))).astype(int)
    assert small.shape == (512, 640, 3)
    middles = np.abs(small[32::64, 32::64] - large[40::80, 40::80])  # of the blocks
    assert middles.shape == (8, 10, 3) and middles.max() < 12
    assert released.picture(SMALL) == next(raw.rglob(f'{SMALL}.jpg')).read_bytes()


def test_the_code_of_an_index_is_not_run(raw, objects, tmp_path):
    class Harmful:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'run'),)

    change_index(raw, scene=[Harmful()])
    assert not (tmp_path / 'run').exists()
    with pytest.raises(ValueError, match=rf'{INDEX} cannot be read as .*mkdir'):
        ADE20KFull(raw, NAMES)
    assert not (tmp_path / 'run').exists()


def test_a_codec_in_an_index_is_not_run(raw, objects):
    class Codec:
        def __reduce__(self):
            import _codecs

            return _codecs.encode, ('x', 'rot13')

    change_index(raw, scene=Codec())
    with pytest.raises(ValueError, match='the codec rot13'):
        ADE20KFull(raw, NAMES)


def test_of_two_names_that_differ_in_signs_the_very_name_is_taken(raw, objects):
    change_index(raw, objectnames=[*objects, 'Wall'])
    released = ADE20KFull(raw, NAMES)
    np.testing.assert_array_equal(released.labels(SMALL), slow_labels(raw, SMALL, objects))


@pytest.mark.parametrize(
    ('fault', 'words'),
    [
        (lambda raw, names: (raw / INDEX).unlink(), rf'{INDEX} does not exist; give the unpacked'),
        (lambda raw, names: (raw / INDEX).write_bytes(b'torn'), rf'{INDEX} cannot be read'),
        (lambda raw, names: (raw / INDEX).write_bytes(pickle.dumps([1])), "no list 'objectnames'"),
        (lambda raw, names: change_index(raw, filename=3), "no list 'filename'"),
        (
            lambda raw, names: change_index(raw, objectnames=[n for n in names if n != 'sky']),
            "names 'sky' nowhere",
        ),
        (
            lambda raw, names: change_index(raw, objectnames=[*names, 'sky']),
            "names 'sky' 2 times",
        ),
        (
            lambda raw, names: change_index(raw, filename=['ADE_val_00000003.jpg']),
            '1 of the 1 validation pictures .*ADE_val_00000003.jpg',
        ),
        (lambda raw, names: change_index(raw, filename=['ADE_train_1.jpg']), '0 of the 0 valid'),
        (lambda raw, names: next(raw.rglob(f'{SMALL}_seg.png')).unlink(), '1 of the 2 pictures'),
    ],
)
def test_what_is_missing_is_named_before_anything_is_read(raw, objects, fault, words):
    fault(raw, objects)
    with pytest.raises((FileNotFoundError, ValueError), match=words):
        ADE20KFull(raw, NAMES)


@pytest.mark.parametrize(
    ('image', 'words'),
    [
        (np.zeros((8, 9, 3), np.uint8), r'is \(9, 8\), its picture \(56, 40\)'),
        (np.full((40, 56, 3), 250, np.uint8), r'has the object 6650; the index names 2847'),
        (np.zeros((40, 56), np.uint8), 'has the colours L, expected RGB'),
    ],
)
def test_a_label_image_of_another_form_is_named(raw, objects, image, words):
    Image.fromarray(image).save(next(raw.rglob(f'{SMALL}_seg.png')))
    with pytest.raises(ValueError, match=rf'{SMALL}_seg.png {words}'):
        ADE20KFull(raw, NAMES).labels(SMALL)
