import os

import pytest

from seg.engine.checkpoint_hook import AtomicBackend, AtomicCheckpointHook


def test_a_file_is_written_under_its_name_alone(tmp_path):
    file = tmp_path / 'new/epoch_1.pth'
    AtomicBackend().put(b'old', file)
    AtomicBackend().put(b'new', str(file))
    assert file.read_bytes() == b'new'
    assert [entry.name for entry in file.parent.iterdir()] == ['epoch_1.pth']


def test_a_kill_while_writing_leaves_the_old_file(tmp_path):
    file = tmp_path / 'epoch_1.pth'
    AtomicBackend().put(b'old', file)
    child = os.fork()
    if not child:
        os.fsync = lambda _: os.kill(os.getpid(), 9)  # all is written, nothing has its name yet
        AtomicBackend().put(b'new', file)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 9
    assert file.read_bytes() == b'old' and len(list(tmp_path.iterdir())) == 2
    AtomicBackend().put(b'new', file)
    assert file.read_bytes() == b'new' and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / 'epoch_1.pth'
    AtomicBackend().put(b'old', file)

    def fail(_):
        raise OSError('no space left on device')

    monkeypatch.setattr(os, 'fsync', fail)
    with pytest.raises(OSError, match='no space left'):
        AtomicBackend().put(b'new', file)
    assert file.read_bytes() == b'old' and len(list(tmp_path.iterdir())) == 1


def test_the_hook_takes_another_backend():
    assert AtomicCheckpointHook(interval=1).backend_args == {'backend': 'atomic'}
    other = AtomicCheckpointHook(interval=1, backend_args={'backend': 'petrel'})
    assert other.backend_args == {'backend': 'petrel'}
