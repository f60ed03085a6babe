"""Data workers that do not outlive their process."""

import os
import signal
import sys
from collections.abc import Callable

from mmengine.hooks import Hook
from torch.utils.data import DataLoader

from seg.registry import HOOKS
from seg.runtime.parent_death import end_with_parent


@HOOKS.register_module()
class DataWorkersHook(Hook):
    """Ends the data workers of a process that is killed, in training, validation and testing.

    PyTorch's workers notice by themselves that they are orphans, but one that has more samples ready
    than the pipe to its parent takes waits for the pipe then, for ever. A worker whose process hangs up
    while a tensor is handed over has nothing to report either; Python's thread that hands it over would
    print a traceback.
    """

    # After EpochSeedHook, which sets the loader's worker_init_fn.
    priority = 'LOW'

    def before_train_epoch(self, runner) -> None:
        """Prepare the training loader."""
        _end_with_process(runner.train_dataloader)

    def before_val_epoch(self, runner) -> None:
        """Prepare the validation loader."""
        _end_with_process(runner.val_dataloader)

    def before_test_epoch(self, runner) -> None:
        """Prepare the test loader."""
        _end_with_process(runner.test_dataloader)


class _EndWithParent:
    """A ``worker_init_fn`` before another one."""

    def __init__(self, then: Callable[[int], None] | None) -> None:
        self.then = then
        self.parent = os.getpid()

    def __call__(self, worker_id: int) -> None:
        end_with_parent(signal.SIGKILL, self.parent)
        sys.excepthook = _except_lost_connections
        if self.then is not None:
            self.then(worker_id)


def _end_with_process(loader: DataLoader) -> None:
    if not isinstance(loader.worker_init_fn, _EndWithParent):
        loader.worker_init_fn = _EndWithParent(loader.worker_init_fn)


def _except_lost_connections(kind, error, traceback) -> None:
    # A worker's own errors go to its process, by PyTorch; what comes here is the handing thread's.
    if not issubclass(kind, ConnectionError | EOFError):
        sys.__excepthook__(kind, error, traceback)
