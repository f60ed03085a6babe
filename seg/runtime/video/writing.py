"""Frames into a video file that browsers play: H.264, by FFmpeg."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np

from seg.runtime.video.frame import VideoFormat, pyav
from seg.runtime.whole_files import writing_file

#: Suffix of a file that can be written -> FFmpeg's name of the format.
CONTAINERS = {'.mp4': 'mp4', '.m4v': 'mp4', '.mov': 'mov', '.mkv': 'matroska'}
_QUALITY = {'preset': 'veryfast', 'crf': '20'}
_BT601 = 6  # how BGR becomes YUV below; players would guess otherwise for large frames


def require_video_suffix(path: Path) -> None:
    """See that a video can be written to a file of this name.

    Raises:
        ValueError: If not.
    """
    if path.suffix.lower() not in CONTAINERS:
        raise ValueError(
            f'cannot write {path}: {path.suffix!r} is the suffix of no video that can be written; '
            f'use one of {", ".join(CONTAINERS)}'
        )


@contextmanager
def writing_video(path: Path, video_format: VideoFormat) -> Iterator['VideoWriter']:
    """Write a video that takes the place of ``path`` at the end of the block, see :func:`writing_file`.

    Args:
        path: A file of one of the suffixes in ``CONTAINERS``.
        video_format: Rate, time base and pixel aspect.

    Raises:
        ImportError: If the package ``av`` is missing.
        ValueError: If the suffix is another, or the block writes no frame.
        OSError: If it cannot be written; names the file.
    """
    require_video_suffix(path)
    with writing_file(path) as file:
        writer = VideoWriter(file, path, video_format)
        try:
            yield writer
        except BaseException:
            writer.discard()
            raise
        writer.close()


class VideoWriter:
    """Encodes frames into an open file; the first frame decides the size.

    Args:
        file: Written to; it can seek.
        path: What it is called, which decides the kind of container.
        video_format: Rate, time base and pixel aspect.
    """

    def __init__(self, file: BinaryIO, path: Path, video_format: VideoFormat) -> None:
        self._path = path
        self._format = video_format
        self._file = _RememberingFile(file)
        self._container = pyav().open(
            self._file, 'w', format=CONTAINERS[path.suffix.lower()], options={}
        )
        self._stream: Any = None
        self._last = -1

    def write(self, pixels: np.ndarray, time: Fraction) -> None:
        """Append a frame.

        Args:
            pixels: uint8 [H, W, 3] in BGR. One of another size than the first is resized.
            time: Seconds since the first frame; one that is not later than the last is moved behind it.

        Raises:
            OSError: If it cannot be written; names the file.
        """
        av = pyav()
        if self._stream is None:
            self._stream = self._add_stream(*pixels.shape[1::-1])
        size = (self._stream.width, self._stream.height)
        if pixels.shape[1::-1] != size:
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        frame = av.VideoFrame.from_ndarray(pixels, format='bgr24')
        frame = frame.reformat(format=self._stream.pix_fmt, dst_colorspace='ITU601')
        self._last = max(round(time / self._format.time_base), self._last + 1)
        frame.pts, frame.time_base = self._last, self._format.time_base
        self._encode(frame)

    def close(self) -> None:
        """Write what is left, and the end.

        Raises:
            ValueError: If there was no frame.
            OSError: If it cannot be written; names the file.
        """
        if self._stream is None:
            raise ValueError(f'there are no frames to write to {self._path}')
        self._encode(None)
        with self._naming():
            self._container.close()

    def discard(self) -> None:
        """Let go of everything; what was written is not a whole video."""
        self._file.is_discarded = True
        try:
            self._container.close()
        except pyav().FFmpegError:
            pass

    def _encode(self, frame: Any) -> None:
        with self._naming():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)

    def _add_stream(self, width: int, height: int) -> Any:
        with self._naming():
            stream = self._container.add_stream('libx264', rate=self._format.rate)
        stream.width, stream.height = width, height
        # Half as many colours across and down would need a column or row more, which is none of the picture's.
        stream.pix_fmt = 'yuv444p' if width % 2 or height % 2 else 'yuv420p'
        context = stream.codec_context
        context.time_base = self._format.time_base
        context.sample_aspect_ratio = self._format.pixel_aspect
        context.max_b_frames = (
            0  # frames leave in the order in which they come, the first at time 0
        )
        context.colorspace = _BT601
        context.options = dict(_QUALITY)
        return stream

    @contextmanager
    def _naming(self) -> Iterator[None]:
        av = pyav()
        try:
            yield
        except (av.FFmpegError, OSError, ValueError) as error:
            cause = self._file.error or error
            reason = getattr(cause, 'strerror', None) or cause
            raise OSError(f'cannot write {self._path}: {reason}') from None


class _RememberingFile:
    """A file for FFmpeg, which forgets the errors of those it writes to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None
        self.is_discarded = False
        self.seek, self.tell = file.seek, file.tell

    def write(self, content: bytes) -> int:
        if self.is_discarded:
            return len(content)
        try:
            return self._file.write(content)
        except OSError as error:
            self.error = error
            raise
