"""Frames of a camera of this machine, by OpenCV: the wheels of ``av`` have no Video4Linux."""

import time
from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np

from seg.runtime.video.frame import Frame, UnreadableVideoError, VideoFormat

_USUAL_RATE = 30  # frames a second, where the driver does not tell
_TIME_BASE = Fraction(1, 90_000)


class Camera:
    """The frames of a camera, for as long as it gives any; see :class:`seg.runtime.video.frame.Video`.

    Args:
        number: From 0, as in ``/dev/video0``.

    Raises:
        UnreadableVideoError: If it is not there, or gives no frame.
    """

    is_live = True

    def __init__(self, number: int) -> None:
        self.name = f'camera {number}'
        self.problem: str | None = None
        level = cv2.getLogLevel()
        cv2.setLogLevel(0)  # it prints pages about each way in which it is not there
        try:
            self._capture = cv2.VideoCapture(number)
        finally:
            cv2.setLogLevel(level)
        is_read, pixels = self._capture.read()
        if not is_read:
            self._capture.release()
            raise UnreadableVideoError(
                f'{self.name} cannot be read: there is none, another program has it, or you may not use it'
            )
        self._first = np.ascontiguousarray(pixels)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        rate = rate if 1 <= rate <= 1000 else _USUAL_RATE
        self.format = VideoFormat(Fraction(rate).limit_denominator(1001), _TIME_BASE, None)

    def __enter__(self) -> 'Camera':
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def __iter__(self) -> Iterator[Frame]:
        start, last, number = time.monotonic(), Fraction(0), 0
        yield Frame(0, last, self._first)
        while True:
            is_read, pixels = self._capture.read()
            if not is_read:
                self.problem = f'{self.name} broke off'
                return
            ticks = round((time.monotonic() - start) / _TIME_BASE)
            last = max(ticks * _TIME_BASE, last + _TIME_BASE)
            number += 1
            yield Frame(number, last, np.ascontiguousarray(pixels))
