"""A frame of a video, and what all frames of one have in common."""

from collections.abc import Iterator
from fractions import Fraction
from types import ModuleType, TracebackType
from typing import NamedTuple, Protocol

import numpy as np


class UnreadableVideoError(ValueError):
    """A video, camera or stream that gives no frames; names it."""


class Frame(NamedTuple):
    """One picture of a video.

    Attributes:
        number: From 0.
        time: Seconds since the first frame, exact as the video has it.
        pixels: uint8 [H, W, 3] in BGR, upright.
    """

    number: int
    time: Fraction
    pixels: np.ndarray


class VideoFormat(NamedTuple):
    """What a video says of itself.

    Attributes:
        rate: Frames a second, on average.
        time_base: Seconds of which all times are multiples.
        total: Number of frames, an estimate where the video does not say; None where it has no end.
        pixel_aspect: Width of a pixel to its height.
    """

    rate: Fraction
    time_base: Fraction
    total: int | None
    pixel_aspect: Fraction = Fraction(1)


class Video(Protocol):
    """Frames to iterate once, opened by its constructor; a context manager that closes it.

    Attributes:
        name: For people.
        format: What all frames have in common.
        is_live: Whether frames come when they come, such as a camera's, and wait for nobody.
        problem: After the last frame, what is wrong with the video, such as that it is cut off. None if nothing is.
    """

    name: str
    format: VideoFormat
    is_live: bool
    problem: str | None

    def __enter__(self) -> 'Video': ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...


def pyav() -> ModuleType:
    """The package ``av``, FFmpeg's libraries in Python.

    Raises:
        ImportError: If it cannot be imported; says what to run.
    """
    try:
        import av
    except ImportError as error:
        raise ImportError(f'videos need the package av ({error}); run: pip install av') from None
    return av
