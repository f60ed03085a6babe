"""A map over processes, with progress for a person who watches."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from tqdm import tqdm

from seg.runtime.parent_death import end_with_parent

Item = TypeVar('Item')
Result = TypeVar('Result')


def available_cpus() -> int:
    """Number of CPUs this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parallel_map(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int,
    description: str,
) -> Iterator[Result]:
    """Results of ``function`` for every item, in order.

    The progress bar is silent where the standard error is no terminal. What ``function`` raises is
    raised here, and no further item is begun. The processes end with this one, even if it is killed.

    Args:
        function: A function that can be pickled.
        items: Its arguments.
        workers: Processes; with one, everything runs in this process.
        description: Words before the progress bar.
    """
    progress = {'total': len(items), 'desc': description, 'disable': None, 'unit': ' images'}
    if workers <= 1 or len(items) <= 1:
        yield from tqdm(map(function, items), **progress)
        return
    chunk = max(1, min(32, len(items) // (4 * workers)))
    # Forked by this process, so that it is their parent.
    context = multiprocessing.get_context('fork' if sys.platform == 'linux' else None)
    with ProcessPoolExecutor(
        min(workers, len(items)), context, initializer=_start_worker, initargs=(os.getpid(),)
    ) as pool:
        try:
            yield from tqdm(pool.map(function, items, chunksize=chunk), **progress)
        finally:
            pool.shutdown(cancel_futures=True)


def _start_worker(parent: int) -> None:
    # Ctrl-C reaches every process of a terminal; the one that waits for the others answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with_parent(signal.SIGKILL, parent)
