"""Frames of video files and streams, by FFmpeg."""

import itertools
import os
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from seg.runtime.video.frame import Frame, UnreadableVideoError, VideoFormat, pyav

VIDEO_SUFFIXES = (
    *('.mp4', '.m4v', '.mov', '.mkv', '.webm', '.avi', '.ts', '.mts', '.m2ts', '.mpg', '.mpeg'),
    *('.wmv', '.flv', '.3gp', '.ogv', '.y4m', '.mjpeg', '.mjpg'),
)
_USUAL_RATE = Fraction(25)  # where a video does not tell


class VideoFile:
    """The frames of a file, or of a stream; see :class:`seg.runtime.video.frame.Video`.

    What cannot be decoded is left out. A file that is cut off, and a stream that breaks off, end with the frames that
    are there; :attr:`problem` then says so.

    Args:
        source: A file or a URL.
        name: For people. Defaults to the source.
        timeout: Seconds that a stream may take to answer, and that it may then be silent. Defaults to 10.

    Raises:
        ImportError: If the package ``av`` is missing.
        FileNotFoundError: If there is no such file.
        UnreadableVideoError: If it is no video, has no frame that can be decoded, or does not answer in time.
    """

    def __init__(
        self, source: str | os.PathLike, name: str | None = None, timeout: float = 10
    ) -> None:
        av = pyav()
        address = os.fspath(source)
        is_stream = '://' in address
        self.name = name or address
        self.problem: str | None = None
        self._timeout, self._is_stream = timeout, is_stream
        self._asked = time.monotonic()
        self._damaged = 0
        if not is_stream:
            address = str(Path(address).absolute())  # 'a:b.mp4' would be a protocol
            if not Path(address).exists():
                raise FileNotFoundError(f'video {self.name} does not exist')
        options = {'rtsp_transport': 'tcp'} if address.startswith('rtsp') else {}
        try:
            self._container = av.open(
                address, options=options, timeout=timeout if is_stream else None
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            raise UnreadableVideoError(self._unreadable(error)) from None
        try:
            self._stream = _video_stream(self._container)
            self.is_live = is_stream and self._container.duration is None
            self.format = self._read_format()
            frames = self._read()
            first = next(frames, None)
            if first is None:
                raise ValueError(self.problem or 'it holds no frames')
        except (av.FFmpegError, ValueError) as error:
            self._container.close()
            raise UnreadableVideoError(self._unreadable(error)) from None
        self._frames = itertools.chain([first], frames)

    def __enter__(self) -> 'VideoFile':
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def _read(self) -> Iterator[Frame]:
        step = 1 / self.format.rate
        start, last = None, -step
        for number, decoded in enumerate(self._decode()):
            moment = last + step
            if decoded.pts is not None and decoded.time_base:
                now = decoded.pts * decoded.time_base
                start = now if start is None else start
                moment = now - start
            if moment <= last:  # clocks of cameras jump; players do not jump back
                moment = last + self.format.time_base
            last = moment
            yield Frame(number, moment, _upright(decoded))
        self._check_end(last + step)

    def _decode(self) -> Iterator[Any]:
        av = pyav()
        packets = self._container.demux(self._stream)
        while True:
            self._asked = time.monotonic()
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError) as error:
                self.problem = f'{self.name} broke off: {self._reason(error)}'
                return
            try:
                for decoded in packet.decode():
                    self._damaged += decoded.is_corrupt
                    yield decoded
            except av.FFmpegError:
                self._damaged += 1

    def _check_end(self, seconds: Fraction) -> None:
        """Say what is wrong, after ``seconds`` of frames."""
        if self.problem or self.is_live:
            return
        length = self._length()
        if length is not None and length - seconds > max(2 / self.format.rate, Fraction(1, 10)):
            self.problem = f'{self.name} is cut off: it has {float(seconds):.2f} of {float(length):.2f} seconds'
        elif self._damaged:
            self.problem = f'{self.name} is damaged: {self._damaged} parts of it cannot be decoded'

    def _read_format(self) -> VideoFormat:
        stream = self._stream
        rate = stream.average_rate or stream.guessed_rate or _USUAL_RATE
        length = self._length()
        total = stream.frames or (length and round(length * rate)) or None
        aspect = stream.sample_aspect_ratio or Fraction(1)
        return VideoFormat(rate, stream.time_base or 1 / rate, total, aspect)

    def _length(self) -> Fraction | None:
        """Seconds that there should be, None where nothing says so."""
        if self._stream.duration and self._stream.time_base:
            return self._stream.duration * self._stream.time_base
        if self._container.duration and len(self._container.streams) == 1:
            return Fraction(self._container.duration, pyav().time_base)
        return None

    def _unreadable(self, error: Exception) -> str:
        return f'video {self.name} cannot be read: {self._reason(error)}'

    def _reason(self, error: Exception) -> str:
        is_late = self._is_stream and time.monotonic() - self._asked >= self._timeout
        if is_late or isinstance(error, pyav().ExitError):  # RTSP makes another error of it
            return f'no answer within {self._timeout:g} s'
        return getattr(error, 'strerror', None) or str(error)  # str(error) may hold a password


def _video_stream(container: Any) -> Any:
    if not container.streams.video:
        raise ValueError('it holds no video')
    stream = container.streams.video[0]
    if stream.codec_context is None:  # PyAV 17.1 crashes when it is asked to decode it
        raise ValueError('nothing here decodes it, or its index is missing')
    return stream


def _upright(decoded: Any) -> np.ndarray:
    pixels = decoded.to_ndarray(format='bgr24')
    return np.ascontiguousarray(np.rot90(pixels, decoded.rotation // 90))
