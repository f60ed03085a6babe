"""The worker processes of DataLoaders."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.runner import Runner
from torch.utils.data import DataLoader


def fit_loader_settings(loader: dict) -> None:
    """Leave out of a loader's config what PyTorch refuses beside its other settings.

    Args:
        loader: A config's ``train_dataloader`` or the like. With ``num_workers=0``, settings of
            workers go; a batch sampler, as mmdet's ``AspectRatioBatchSampler``, takes ``drop_last``.
    """
    if not loader.get('num_workers'):
        for key in ('persistent_workers', 'prefetch_factor'):
            loader.pop(key, None)
    if isinstance(loader.get('batch_sampler'), dict) and 'drop_last' in loader:
        loader['batch_sampler'].setdefault('drop_last', loader.pop('drop_last'))


def close_workers(loader: DataLoader) -> None:
    """End the persistent workers of a loader and wait for them; the next epoch starts new ones.

    PyTorch leaves this to the garbage collector, which an exception's traceback can keep waiting.

    Args:
        loader: Any loader; one whose workers are not running is left as it is.
    """
    workers = getattr(loader, '_iterator', None)
    if workers is not None:
        workers._shutdown_workers()
        loader._iterator = None


@contextmanager
def closing_workers(runner: Runner) -> Iterator[None]:
    """Leave no data worker behind, however training or testing ends; SIGTERM is exit code 143."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for loop in (runner._train_loop, runner._val_loop, runner._test_loop):
            if hasattr(loop, 'dataloader'):  # else a config, not built yet
                close_workers(loop.dataloader)
        signal.signal(signal.SIGTERM, before)


def _terminate(*_) -> None:
    # torchrun and slurm send SIGTERM to the workers too. PyTorch's handler would take their end for
    # a failure and raise its own error over this exit.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # Python drops what is raised in a destructor or while it forks: ask again until it is heard.
    signal.signal(signal.SIGALRM, _terminate)
    signal.setitimer(signal.ITIMER_REAL, 1)
    sys.exit(128 + signal.SIGTERM)
