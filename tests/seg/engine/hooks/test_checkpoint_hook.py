import logging
import os
from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub

from seg.engine.hooks import AtomicCheckpointHook
from seg.runtime.atomic_backend import AtomicBackend


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


def test_the_best_checkpoint_stays_until_a_better_one_is_written(tmp_path):
    hook = AtomicCheckpointHook(interval=1, save_best='PQ', rule='greater')
    there = []  # the best checkpoints at the moment the next one is about to be written

    def save_checkpoint(out_dir, filename, *args, **kwargs):
        there.append(sorted(path.name for path in tmp_path.glob('best_*')))
        (tmp_path / filename).touch()

    runner = SimpleNamespace(
        work_dir=str(tmp_path),
        epoch=0,
        iter=0,
        message_hub=MessageHub.get_instance(tmp_path.name),
        logger=logging.getLogger('test'),
        save_checkpoint=save_checkpoint,
    )
    hook.before_train(runner)
    for runner.epoch, score in enumerate((10.0, 5.0, 20.0, 15.0), start=1):
        hook.after_val_epoch(runner, {'PQ': score})
    assert there == [[], ['best_PQ_epoch_1.pth']]
    assert [path.name for path in tmp_path.glob('best_*')] == ['best_PQ_epoch_3.pth']
    assert runner.message_hub.get_info('best_ckpt') == str(tmp_path / 'best_PQ_epoch_3.pth')
