import errno
import os
import signal
from pathlib import Path

import pytest

from seg.runtime.whole_files import (
    locked,
    remove_folder,
    remove_leftovers,
    remove_partials,
    write_whole,
    write_whole_pair,
    writing_file,
    writing_folder,
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def killed_at(owner, name, call, action):
    """Run ``action`` in a process that is killed when it calls a function for the nth time."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    calls, real = [], getattr(owner, name)

    def function(*args, **kwargs):
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(owner, name, function)
    try:
        action()
    finally:
        os._exit(0)


def test_the_old_content_is_replaced_and_nothing_else_is_left(tmp_path):
    file = tmp_path / 'a.bin'
    file.write_bytes(b'old')
    write_whole(file, b'new')
    assert file.read_bytes() == b'new' and list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_the_old_content_and_names_the_file(tmp_path, monkeypatch):
    file = tmp_path / 'a.bin'
    file.write_bytes(b'old')

    def fail(_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', fail)
    with pytest.raises(OSError, match=r'cannot write .*a\.bin: No space left on device'):
        write_whole(file, b'new')
    assert file.read_bytes() == b'old' and list(tmp_path.iterdir()) == [file]


def test_a_file_that_is_filled_appears_at_the_end_of_the_block(tmp_path):
    file = tmp_path / 'made/a.bin'
    for content in (b'old', b'new'):
        with writing_file(file) as handle:
            handle.write(b'???')
            handle.seek(0)
            handle.write(content)
            handle.flush()
            assert not file.exists() or file.read_bytes() == b'old'
        assert file.read_bytes() == content and names(file.parent) == ['a.bin']
    with pytest.raises(ValueError, match='mine'), writing_file(file) as handle:
        handle.write(b'half')
        raise ValueError('mine')
    assert file.read_bytes() == b'new' and names(file.parent) == ['a.bin']


def test_two_who_fill_the_same_file_are_kept_apart(tmp_path):
    file = tmp_path / 'a.bin'
    with writing_file(file) as handle:
        with pytest.raises(BlockingIOError, match=r'a\.bin is being written'), writing_file(file):
            pass
        handle.write(b'first')
    assert file.read_bytes() == b'first' and names(tmp_path) == ['a.bin']


def test_a_file_without_a_possible_folder_is_named(tmp_path):
    (tmp_path / 'file').touch()
    with (
        pytest.raises(OSError, match=r'cannot write .*a\.bin'),
        writing_file(tmp_path / 'file/a.bin'),
    ):
        pass


def test_the_next_writer_takes_the_place_of_what_a_killed_one_left(tmp_path):
    file = tmp_path / 'a.bin'
    file.write_bytes(b'old')
    for _ in range(3):
        assert killed_at(os, 'fsync', 1, lambda: write_whole(file, b'longer'))
    assert file.read_bytes() == b'old' and len(names(tmp_path)) == 2
    write_whole(file, b'new')
    assert file.read_bytes() == b'new' and names(tmp_path) == ['a.bin']


@pytest.mark.parametrize('clean', [remove_leftovers, lambda file: remove_partials(file.parent)])
def test_what_a_killed_writer_left_is_removed(tmp_path, clean):
    file = tmp_path / 'a.bin'
    assert killed_at(os, 'fsync', 1, lambda: write_whole(file, b'new'))
    clean(file)
    assert names(tmp_path) == []


def test_writers_of_the_same_file_take_turns(tmp_path):
    file = tmp_path / 'a.bin'
    children = []
    for letter in (b'a', b'b', b'c'):
        child = os.fork()
        if not child:
            try:
                for _ in range(50):
                    write_whole(file, letter * 100_000)
                    assert len(set(file.read_bytes())) == 1 and file.stat().st_size == 100_000
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert names(tmp_path) == ['a.bin']


@pytest.mark.parametrize(
    ('name', 'call'), [('fsync', 1), ('fsync', 2), ('unlink', 1), ('replace', 1), ('replace', 2)]
)
def test_a_killed_writer_of_a_pair_leaves_the_old_pair_no_file_or_the_new_pair(
    tmp_path, name, call
):
    file, record = tmp_path / 'a.pth', tmp_path / 'a.json'
    write_whole_pair(file, b'old', record, 'old')
    owner = os if name == 'fsync' else Path
    assert killed_at(owner, name, call, lambda: write_whole_pair(file, b'new', record, 'new'))
    assert not file.exists() or file.read_text() == record.read_text()
    write_whole_pair(file, b'new', record, 'new')
    assert file.read_text() == record.read_text() == 'new'
    assert names(tmp_path) == ['a.json', 'a.pth']


def fill(folder, content):
    with writing_folder(folder) as new:
        for name in 'abc':
            (new / name).write_text(content)


@pytest.mark.parametrize(
    ('owner', 'name', 'call'),
    [
        (Path, 'mkdir', 3),
        (Path, 'rename', 1),
        (Path, 'rename', 2),
        (os, 'unlink', 1),
        (os, 'unlink', 3),
    ],
)
def test_a_killed_writer_of_a_folder_leaves_the_old_one_none_or_the_new_one(
    tmp_path, owner, name, call
):
    folder = tmp_path / 'data'
    fill(folder, 'old')
    killed_at(owner, name, call, lambda: fill(folder, 'new'))
    if folder.exists():
        assert names(folder) == ['a', 'b', 'c']
        assert len({file.read_text() for file in folder.iterdir()}) == 1
    remove_leftovers(folder)
    assert names(tmp_path) in ([], ['data'])


def test_an_error_leaves_the_old_folder(tmp_path):
    fill(tmp_path / 'data', 'old')
    with pytest.raises(KeyError), writing_folder(tmp_path / 'data') as new:
        (new / 'a').write_text('new')
        raise KeyError
    assert (tmp_path / 'data/a').read_text() == 'old' and names(tmp_path) == ['data']


def test_a_link_leads_to_the_folder_that_is_replaced(tmp_path):
    fill(tmp_path / 'data', 'old')
    (tmp_path / 'link').symlink_to('data')
    fill(tmp_path / 'link', 'new')
    assert (tmp_path / 'data/a').read_text() == 'new'
    assert (tmp_path / 'link').is_symlink() and names(tmp_path) == ['data', 'link']


def test_a_full_disk_names_the_folder(tmp_path):
    with pytest.raises(OSError, match=r'space left .*data'), writing_folder(tmp_path / 'data'):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(tmp_path) == []


def test_a_killed_removal_leaves_all_of_a_folder_or_nothing(tmp_path):
    fill(tmp_path / 'data', 'old')
    assert killed_at(os, 'unlink', 2, lambda: remove_folder(tmp_path / 'data'))
    assert not (tmp_path / 'data').exists()
    remove_leftovers(tmp_path / 'data')
    assert names(tmp_path) == []


def test_a_second_writer_of_a_folder_is_told(tmp_path):
    told = pytest.raises(BlockingIOError, match='data is being written by another process')
    with writing_folder(tmp_path / 'data'), told:
        fill(tmp_path / 'data', 'mine')
    assert names(tmp_path) == ['data']


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    def hold():
        with locked(tmp_path / '.lock', 'in use'):
            os.kill(os.getpid(), signal.SIGKILL)

    assert killed_at(os, 'getpid', 10**9, hold)
    told = pytest.raises(BlockingIOError, match='in use')
    with locked(tmp_path / '.lock', 'in use'), told, locked(tmp_path / '.lock', 'in use'):
        pass
    assert names(tmp_path) == []
