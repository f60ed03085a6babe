"""Ctrl-C as a wish to finish: what was done until then is kept."""

import signal
import threading
from types import FrameType


class StopSignals:
    """Catches the first SIGINT or SIGTERM in its block; the next one ends the program as usual.

    Calling it says whether one has come. In a thread that is not the main one it catches none.

    Attributes:
        received: The signal's number, None before there is one.
    """

    def __init__(self) -> None:
        self.received: int | None = None

    def __call__(self) -> bool:
        return self.received is not None

    def __enter__(self) -> 'StopSignals':
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _receive(self, number: int, _: FrameType | None) -> None:
        self.received = number
        self._restore()

    def _restore(self) -> None:
        while self._before:
            signal.signal(*self._before.popitem())
