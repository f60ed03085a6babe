"""Reading, work and writing in threads of their own, so that none makes the others wait.

Queues are bounded: who is too fast waits for the others. An error in a thread is raised where its items are
taken or given. At the end of a block its thread has ended.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar('Item')
Result = TypeVar('Result')
_END = object()
_PAUSE = 0.1  # seconds after which one who waits looks whether all is over
_SIZE = 4  # items


class ReadAhead(Generic[Item]):
    """Iterates in a thread. A context manager; iterate over it once.

    Args:
        items: Advanced in the thread, a few items ahead.
        is_stopped: Asked again and again; once it says yes, there are no more items. Defaults to never.
        keeps_newest: Whether, where several wait, the oldest go and the thread does not wait: for a camera.
            Defaults to False.

    Attributes:
        dropped: Number of items that went.
    """

    def __init__(
        self,
        items: Iterable[Item],
        is_stopped: Callable[[], bool] = lambda: False,
        *,
        keeps_newest: bool = False,
    ) -> None:
        self._items = items
        self._is_stopped = is_stopped
        self._keeps_newest = keeps_newest
        self._queue: Queue = Queue(1 if keeps_newest else _SIZE)
        self._is_over = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name='reader')
        self.dropped = 0

    def __enter__(self) -> 'ReadAhead[Item]':
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Item]:
        while not self._is_stopped():
            try:
                item = self._queue.get(timeout=_PAUSE)
            except Empty:
                continue
            if item is _END:
                if self._error is not None:
                    raise self._error
                return
            yield item

    def _read(self) -> None:
        try:
            for item in self._items:
                if self._keeps_newest:
                    self._drop()
                if not self._put(item):
                    return
        except BaseException as error:
            self._error = error
        self._put(_END)

    def _put(self, item: object) -> bool:
        """Whether somebody still wanted it."""
        while not self._is_over.is_set():
            try:
                self._queue.put(item, timeout=_PAUSE)
            except Full:
                continue
            return True
        return False

    def _drop(self) -> None:
        try:
            self._queue.get_nowait()
        except Empty:
            return
        self.dropped += 1


class SideBySide(Generic[Item, Result]):
    """Calls a function of several items at once. A context manager.

    Args:
        function: Called with each item, in one of the threads.
        threads: Number of threads; with one, the function is called where the results are taken.
        prepare: Called once in each thread. Defaults to nothing.
    """

    def __init__(
        self,
        function: Callable[[Item], Result],
        threads: int,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self._function = function
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, 'worker', prepare) if threads > 1 else None

    def __enter__(self) -> 'SideBySide[Item, Result]':
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, items: Iterable[Item]) -> Iterator[Result]:
        """The results in order; of the items, one more than there are threads is taken ahead."""
        if self._pool is None:
            yield from map(self._function, items)
            return
        begun: deque[Future[Result]] = deque()
        for item in items:
            begun.append(self._pool.submit(self._function, item))
            if len(begun) > self._threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


class WriteBehind(Generic[Item]):
    """Calls a function in a thread. A context manager; its end waits until all is done.

    Where the block raises, what waits in the queue is left out.

    Args:
        write: Called with each item in order. After an error it is not called again.
    """

    def __init__(self, write: Callable[[Item], None]) -> None:
        self._write = write
        self._queue: Queue = Queue(_SIZE)
        self._is_over = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name='writer')

    def __enter__(self) -> 'WriteBehind[Item]':
        self._thread.start()
        return self

    def put(self, item: Item) -> None:
        """Have an item written.

        Raises:
            BaseException: What writing an earlier one raised.
        """
        self._put(item)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._put(_END)
                self._thread.join()
        finally:
            self._is_over.set()
            self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _put(self, item: object) -> None:
        while True:
            if self._error is not None:
                raise self._error
            try:
                return self._queue.put(item, timeout=_PAUSE)
            except Full:
                continue

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                item = self._queue.get(timeout=_PAUSE)
            except Empty:
                continue
            if item is _END:
                return
            try:
                self._write(item)
            except BaseException as error:
                self._error = error
                return
