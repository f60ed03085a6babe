import os
import signal
import tempfile

import pytest
from page.folder import page_folder


@pytest.fixture(autouse=True)
def temp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path))
    return tmp_path


def test_the_folder_is_removed_with_all_that_is_in_it(temp):
    with page_folder() as folder:
        (folder / 'sub').mkdir()
        (folder / 'sub/upload.png').touch()
        assert folder.parent == temp and folder.name.startswith('rps-page-')
    assert not list(temp.iterdir())


def test_what_a_killed_page_left_is_removed_by_the_next_one(temp):
    ready, done = os.pipe()
    child = os.fork()
    if not child:
        with page_folder() as folder:
            (folder / 'upload.png').touch()
            os.write(done, b'1')
            signal.pause()
    os.read(ready, 1)
    (killed,) = temp.iterdir()
    with page_folder():
        assert (killed / 'upload.png').exists()  # the other page runs
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with page_folder() as folder:
        assert list(temp.iterdir()) == [folder]


def test_a_link_of_that_name_is_not_followed(temp):
    (temp / 'mine').mkdir()
    (temp / 'mine/photo.jpg').touch()
    (temp / 'rps-page-x').symlink_to(temp / 'mine')
    with page_folder():
        pass
    assert (temp / 'mine/photo.jpg').exists()
