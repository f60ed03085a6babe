import multiprocessing
import os
import signal
import time
from types import SimpleNamespace

import psutil
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from seg.engine.data_workers import close_workers, closing_workers
from seg.engine.hooks.data_workers_hook import DataWorkersHook


class Large(torch.utils.data.Dataset):
    """Samples that fill the pipe from worker to parent, which nobody empties."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return 'x' * 1_000_000


def _load(pids):
    loader = DataLoader(Large(), num_workers=2, prefetch_factor=2)
    DataWorkersHook().before_val_epoch(SimpleNamespace(val_dataloader=loader))
    samples = iter(loader)
    next(samples)
    pids.put([worker.pid for worker in samples._workers])
    signal.pause()


def test_workers_of_a_killed_process_end_though_their_pipe_is_full():
    context = multiprocessing.get_context('fork')
    pids = context.Queue()
    process = context.Process(target=_load, args=(pids,))
    process.start()
    workers = [psutil.Process(pid) for pid in pids.get(timeout=60)]
    assert all(worker.is_running() for worker in workers)
    process.kill()
    process.join()
    assert not psutil.wait_procs(workers, timeout=30)[1]


def test_what_workers_did_first_they_still_do():
    seen = multiprocessing.get_context('fork').Queue()
    loader = DataLoader(TensorDataset(torch.ones(2)), num_workers=1, worker_init_fn=seen.put)
    for _ in range(2):  # the second time changes nothing
        DataWorkersHook().before_train_epoch(SimpleNamespace(train_dataloader=loader))
        assert len(list(loader)) == 2
        assert seen.get(timeout=60) == 0
    assert seen.empty()


HANGS_UP = """
import sys
from multiprocessing import connection, process, resource_sharer
from types import SimpleNamespace
from torch.utils.data import DataLoader
from seg.engine.hooks.data_workers_hook import DataWorkersHook

def hang_up(worker_id):
    shared = resource_sharer.DupFd(1)  # how a worker hands a tensor's memory over
    address, key = shared._id
    authkey = process.current_process().authkey
    connection.Client(address, authkey=authkey).close()
    connection.Client(address, authkey=authkey).send('no pair')
    shared.detach()

loader = DataLoader(range(2), num_workers=1, worker_init_fn=hang_up)
if sys.stdin.read() == 'hook':
    DataWorkersHook().before_val_epoch(SimpleNamespace(val_dataloader=loader))
list(loader)
"""


@pytest.mark.parametrize(('hook', 'lost'), [('hook', 0), ('none', 1)])
def test_a_process_that_hangs_up_is_no_error_of_its_workers(run_python, hook, lost):
    done = run_python(HANGS_UP, input=hook)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count('\nEOFError\n') == lost
    assert done.stderr.count('ValueError') == 1  # other errors are told


def test_persistent_workers_are_closed_and_start_again():
    loader = DataLoader(TensorDataset(torch.ones(2)), num_workers=1, persistent_workers=True)
    list(loader)
    (worker,) = (psutil.Process(worker.pid) for worker in loader._iterator._workers)
    assert worker.ppid() == os.getpid()
    close_workers(loader)
    close_workers(loader)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert len(list(loader)) == 2
    close_workers(loader)


class TerminatedWhileItGoes:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)


def test_sigterm_is_heard_though_python_drops_its_exception_in_a_destructor():
    loop = SimpleNamespace(dataloader=DataLoader(Large()))
    runner = SimpleNamespace(_train_loop=loop, _val_loop=None, _test_loop={})
    child = os.fork()
    if not child:
        code = 0
        try:
            with closing_workers(runner):
                TerminatedWhileItGoes()
                time.sleep(60)
        except SystemExit as end:
            code = end.code
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 143
