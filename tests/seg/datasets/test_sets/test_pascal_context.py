"""Pascal Context's label maps become classes by the names of ``labels.txt``."""

import shutil

import numpy as np
import pytest
import released_sets
import scipy.io
from PIL import Image

from ext.class_names import pascal_context_59, pascal_context_459
from seg.datasets.test_sets.layout import Layout, write_test_set
from seg.datasets.test_sets.pascal_context import PascalContext

#: The numbers of the 59 classes among the 459, as published with them.
PUBLISHED = {
    *(2, 9, 18, 19, 22, 23, 25, 31, 33, 34, 44, 45, 46, 59, 65, 68, 72, 80, 85, 98, 104, 105, 113),
    *(115, 144, 158, 159, 162, 187, 189, 207, 220, 232, 258, 259, 260, 284, 295, 296, 308, 324),
    *(326, 347, 349, 354, 355, 360, 366, 368, 397, 415, 416, 420, 424, 427, 440, 445, 454, 458),
}


@pytest.fixture
def raw(tmp_path):
    return tmp_path / 'VOC2010'


@pytest.fixture
def numbers(raw):
    return released_sets.write_pascal_context(raw)


def slow_labels(raw, name, numbers, names):
    """Pixel by pixel."""
    found = scipy.io.loadmat(raw / f'trainval/{name}.mat')['LabelMap']
    name_of = {number: word for word, number in numbers.items()}
    labels = np.full(found.shape, -1)
    for row in range(found.shape[0]):
        for column in range(found.shape[1]):
            word = name_of.get(int(found[row, column]))
            if word in names:
                labels[row, column] = names.index(word)
    return labels


def test_the_59_classes_are_those_with_the_published_numbers_in_their_order():
    numbers = [1 + pascal_context_459.NAMES.index(name) for name in pascal_context_59.NAMES]
    assert numbers == sorted(PUBLISHED) and len(numbers) == 59


def test_the_459_names_have_their_released_places():
    places = {1: 'accordion', 62: 'case', 232: 'light', 308: 'pottedplant', 459: 'wool'}
    assert {place: pascal_context_459.NAMES[place - 1] for place in places} == places


@pytest.mark.parametrize(
    ('words', 'suffix'),
    [(pascal_context_59, '.png'), (pascal_context_59, '.tif'), (pascal_context_459, '.tif')],
)
def test_label_images_are_those_of_the_slow_definition(raw, numbers, tmp_path, words, suffix):
    released = PascalContext(raw, words.NAMES)
    assert released.names == sorted(released_sets.CONTEXT_PICTURES)
    layout = Layout(tmp_path / 'images', tmp_path / 'labels', suffix)
    assert write_test_set(released, layout) == 6
    for name in released.names:
        expected = slow_labels(raw, name, numbers, words.NAMES)
        assert (expected >= 0).any() and (expected < 0).any()
        found = np.asarray(Image.open(tmp_path / f'labels/{name}{suffix}'))
        assert found.dtype == (np.uint8 if suffix == '.png' else np.uint16)
        void = 255 if suffix == '.png' else 65535
        np.testing.assert_array_equal(found, np.where(expected < 0, void, expected))
        copied = (tmp_path / f'images/{name}.jpg').read_bytes()
        assert copied == (raw / f'JPEGImages/{name}.jpg').read_bytes()


def test_names_may_be_written_without_spaces(raw, numbers):
    spaced = PascalContext(raw, pascal_context_459.NAMES)
    file = raw / 'labels.txt'
    file.write_text(file.read_text().replace(' ', '').replace(':', ': '))
    (raw / 'trainval/labels.txt').write_bytes(file.read_bytes())
    file.unlink()
    packed = PascalContext(raw, pascal_context_459.NAMES)
    for name in packed.names:
        np.testing.assert_array_equal(packed.labels(name), spaced.labels(name))


def test_the_list_is_the_first_of_the_released_ones_or_the_given_one(raw, numbers, tmp_path):
    (raw / 'ImageSets/Segmentation').mkdir()
    (raw / 'ImageSets/Segmentation/val.txt').write_text('2008_000008\n')
    assert len(PascalContext(raw, pascal_context_59.NAMES).names) == 3
    (raw / 'pascalcontext_val.txt').write_text('2008_000003\n2008_000002\n')
    released = PascalContext(raw.parent, pascal_context_59.NAMES)  # a folder that has VOC2010
    assert released.names == ['2008_000002', '2008_000003']
    own = tmp_path / 'own.txt'
    own.write_text('2009_000012\n')
    assert PascalContext(raw, pascal_context_59.NAMES, own).names == ['2009_000012']


def break_a_size(raw):
    scipy.io.savemat(raw / 'trainval/2008_000003.mat', {'LabelMap': np.ones((4, 5), np.uint16)})


def break_a_number(raw):
    own = np.full(released_sets.SIZE, 460, np.uint16)
    scipy.io.savemat(raw / 'trainval/2008_000003.mat', {'LabelMap': own})


def break_a_variable(raw):
    own = np.ones(released_sets.SIZE, np.uint16)
    scipy.io.savemat(raw / 'trainval/2008_000003.mat', {'Labels': own})


@pytest.mark.parametrize(
    ('fault', 'words'),
    [
        (lambda raw: shutil.rmtree(raw / 'trainval'), r'trainval does not exist; give the folder'),
        (lambda raw: (raw / 'labels.txt').unlink(), r'labels.txt is not in .*VOC2010, looked for'),
        (lambda raw: (raw / 'labels.txt').write_text('1 wall\n'), r"the line '1 wall'"),
        (lambda raw: (raw / 'labels.txt').write_text('1: wall\n'), r'does not name 58 of the 59'),
        (lambda raw: (raw / 'ImageSets/Main/val.txt').unlink(), r'name the list with --list'),
        (lambda raw: (raw / 'ImageSets/Main/val.txt').write_text('../x\n'), r"the line '../x'"),
        (
            lambda raw: (raw / 'ImageSets/Main/val.txt').write_text('a\nb\n'),
            r'2 of the 2 .*no pict',
        ),
        (lambda raw: (raw / 'trainval/2008_000003.mat').unlink(), r'1 of the 3 .*no label map'),
        (lambda raw: (raw / 'trainval/2008_000003.mat').write_bytes(b'torn'), r'cannot be read'),
        (break_a_size, r'2008_000003.mat is \(5, 4\), its picture \(56, 40\)'),
        (break_a_number, r'2008_000003.mat has the number 460, which labels.txt does not name'),
        (break_a_variable, r'2008_000003.mat has no two-dimensional array LabelMap'),
    ],
)
def test_a_fault_is_named_and_no_folder_of_labels_appears(raw, numbers, tmp_path, fault, words):
    fault(raw)
    layout = Layout(tmp_path / 'images', tmp_path / 'labels', '.png')
    with pytest.raises((FileNotFoundError, ValueError), match=words):
        write_test_set(PascalContext(raw, pascal_context_59.NAMES), layout)
    assert not (tmp_path / 'labels').exists()
