"""The folders of a prepared test set appear when they are complete, and keep what was done."""

import numpy as np
import pytest

from seg.datasets.test_sets.layout import Layout, write_test_set

NAMES = ('a', 'b', 'c')


class Source:
    """Three pictures; it notes what is asked for, and fails where it is told to."""

    def __init__(self, names=NAMES, broken=''):
        self.names, self.broken, self.asked = names, broken, []

    def picture(self, name):
        self.asked.append(f'{name}.jpg')
        return name.encode()

    def labels(self, name):
        if name == self.broken:
            raise ValueError(f'{name} is damaged')
        self.asked.append(name)
        return np.full((2, 3), NAMES.index(name))


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / 'images/validation', tmp_path / 'labels/validation', '.png')


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_what_is_there_is_not_made_again_until_it_is_forced(layout):
    assert write_test_set(Source(), layout) == 6
    again = Source()
    assert write_test_set(again, layout) == 0 and not again.asked
    (layout.images / 'b.jpg').write_bytes(b'other')
    assert write_test_set(again, layout, force=True) == 6
    assert (layout.images / 'b.jpg').read_bytes() == b'b'


def test_a_second_set_of_the_same_pictures_makes_its_labels_alone(layout):
    write_test_set(Source(), layout)
    other = Source()
    second = layout._replace(labels=layout.labels.with_name('other'), label_suffix='.tif')
    assert write_test_set(other, second) == 3
    assert other.asked == list(NAMES)
    assert names(second.labels) == ['a.tif', 'b.tif', 'c.tif']


def test_an_interrupted_run_leaves_no_folder_and_is_resumed(layout):
    with pytest.raises(ValueError, match='b is damaged'):
        write_test_set(Source(broken='b'), layout)
    assert not layout.labels.exists()
    again = Source()
    assert write_test_set(again, layout) == 2 and again.asked == ['b', 'c']
    assert names(layout.labels) == ['a.png', 'b.png', 'c.png']
    assert names(layout.labels.parent) == ['validation']
    assert names(layout.images.parent) == ['validation']


def test_a_folder_that_is_not_complete_is_completed(layout):
    write_test_set(Source(), layout)
    (layout.labels / 'c.png').unlink()
    again = Source()
    assert write_test_set(again, layout) == 1 and again.asked == ['c']


def test_a_folder_with_other_files_is_left_alone(layout):
    write_test_set(Source(), layout)
    other = Source(('a', 'b'))
    with pytest.raises(
        ValueError, match=r'images/validation has 1 files .*such as c.jpg; .*--force'
    ):
        write_test_set(other, layout)
    assert names(layout.images) == ['a.jpg', 'b.jpg', 'c.jpg'] and not other.asked
    assert write_test_set(other, layout, force=True) == 4
    assert names(layout.labels) == ['a.png', 'b.png']


def test_a_list_that_has_changed_leaves_no_file_of_the_one_before(layout):
    with pytest.raises(ValueError, match='c is damaged'):
        write_test_set(Source(broken='c'), layout)
    layout.images.rename(layout.images.with_name('.validation.unfinished'))
    write_test_set(Source(('b', 'c')), layout)
    assert names(layout.images) == ['b.jpg', 'c.jpg'] and names(layout.labels) == ['b.png', 'c.png']


def test_two_processes_do_not_prepare_the_same_folders(layout):
    class Second(Source):
        def picture(self, name):
            with pytest.raises(BlockingIOError, match='prepared by another process'):
                write_test_set(Source(), layout)
            return super().picture(name)

    assert write_test_set(Second(), layout) == 6
