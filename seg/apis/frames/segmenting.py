"""Pictures and videos through a segmenter, while others are read and written."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from tqdm import tqdm

from seg.apis.frames.overlap import ReadAhead, SideBySide, WriteBehind
from seg.apis.segmenter import Segmenter
from seg.models.exported import ExportedMaskFormer
from seg.panoptic.segmentation import Segmentation
from seg.runtime.image_files import UnreadableImageError, read_image
from seg.runtime.video.frame import Frame, Video
from seg.runtime.video.writing import writing_video

Item = TypeVar('Item')
Result = TypeVar('Result')
Read = np.ndarray | ValueError | OSError
#: Takes what goes into a line of JSON.
Record = Callable[[dict[str, Any]], None]
#: Pictures in models, unless one batch has more: what is computed of each is in memory.
_MOST_AT_ONCE = 4


class VideoRun(NamedTuple):
    """How a video was segmented.

    Attributes:
        frames: Number of frames that were.
        seconds: It took, from the first to the last frame written.
        dropped: Frames that came too fast from a camera or stream.
        problem: What is wrong with the video, None if nothing is.
    """

    frames: int
    seconds: float
    dropped: int
    problem: str | None


def segment_video(
    segmenter: Segmenter,
    video: Video,
    path: Path,
    *,
    batch_size: int = 1,
    limit: int | None = None,
    record: Record | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> VideoRun:
    """Write a video with the segments of each frame drawn over it, in its size and at its times.

    Args:
        segmenter: The model.
        video: The frames; it is closed.
        path: The video to write, which appears whole or not at all. Its sound is left out.
        batch_size: Frames that the segmenter gets at once. Defaults to 1.
        limit: Number of frames to stop after. Defaults to None, all.
        record: Called for each frame with its number, its time in seconds and its segments. Defaults to None.
        is_stopped: Once it says yes, the video ends with the frame at hand. Defaults to never.

    Raises:
        KeyboardInterrupt: If it is stopped before the first frame.
        ValueError: If a frame cannot be segmented.
        OSError: If the video cannot be written; names the file.
    """
    total = video.format.total
    total = limit if total is None else min(total, limit or total)
    begin, count = time.monotonic(), 0
    reading = ReadAhead(video, is_stopped, keeps_newest=video.is_live)
    with video, writing_video(path, video.format) as out:

        def write(one: tuple[Frame, Segmentation]) -> None:
            frame, found = one
            out.write(found.draw(enlarge=False), frame.time)
            if record is not None:
                seconds = round(float(frame.time), 6)
                record(dict(frame=frame.number, time=seconds, **found.to_dict()))
            bar.update()

        def work(frames: list[Frame]) -> tuple[list[Frame], list[Segmentation]]:
            return frames, _segment(segmenter, video, frames)

        with (
            tqdm(total=total, desc=video.name, unit=' frames', disable=None) as bar,
            WriteBehind(write) as writing,
            reading,
            _models(segmenter, work, batch_size, is_live=video.is_live) as models,
        ):
            for frames, found in models.map(_batches(islice(reading, limit), batch_size)):
                for one in zip(frames, found, strict=True):
                    writing.put(one)
                count += len(frames)
        if not count:
            raise KeyboardInterrupt
    return VideoRun(count, time.monotonic() - begin, reading.dropped, video.problem)


def segment_pictures(
    segmenter: Segmenter,
    files: Sequence[Path],
    write: Callable[[Path, Segmentation], None],
    skip: Callable[[Exception], None],
    *,
    batch_size: int = 1,
    is_stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Segment files and hand over what is found, in order.

    Args:
        segmenter: The model.
        files: The pictures.
        write: Called in a thread with each picture and its segments.
        skip: Called with the error of each picture that cannot be read or segmented.
        batch_size: Pictures that the segmenter gets at once. Defaults to 1.
        is_stopped: Once it says yes, no further picture is begun. Defaults to never.
    """

    def work(batch: list[tuple[Path, Read]]) -> list[tuple[Path, Segmentation | Exception]]:
        good = [(file, read) for file, read in batch if isinstance(read, np.ndarray)]
        bad = [(file, read) for file, read in batch if isinstance(read, Exception)]
        return [*bad, *_segment_files(segmenter, good)]

    with (
        WriteBehind[tuple[Path, Segmentation]](lambda one: write(*one)) as writing,
        ReadAhead(_read(files), is_stopped) as reading,
        _models(segmenter, work, batch_size) as models,
    ):
        for results in models.map(_batches(reading, batch_size)):
            for file, found in results:
                if isinstance(found, Exception):
                    skip(found)
                else:
                    writing.put((file, found))


def _models(
    segmenter: Segmenter,
    work: Callable[[Item], Result],
    batch_size: int,
    is_live: bool = False,
) -> AbstractContextManager[SideBySide[Item, Result]]:
    """Who does the work with a segmenter: on CPUs in PyTorch, several with a share of the cores each.

    The layers of one picture wait for each other, and a core that waits does nothing. What comes from a camera
    is done one by one, for it is to be seen at once; the runtime of an exported model shares out the cores itself.
    """
    cores = torch.get_num_threads()
    count = min(cores, _MOST_AT_ONCE // batch_size)
    is_exported = isinstance(segmenter.model, ExportedMaskFormer)
    if count < 2 or is_live or is_exported or segmenter.device.type != 'cpu':
        return SideBySide(work, 1)
    return _sharing(work, count, cores)


@contextmanager
def _sharing(
    work: Callable[[Item], Result], count: int, cores: int
) -> Iterator[SideBySide[Item, Result]]:
    shares = iter([cores // count + (number < cores % count) for number in range(count)])

    def take_share() -> None:
        torch.get_num_threads()  # the first question makes a thread take over the number set last
        torch.set_num_threads(next(shares))

    try:
        with SideBySide(work, count, take_share) as models:
            yield models
    finally:
        torch.set_num_threads(cores)  # which threads to come would take over


def _segment_files(
    segmenter: Segmenter, batch: Sequence[tuple[Path, np.ndarray]]
) -> Iterator[tuple[Path, Segmentation | Exception]]:
    files = [file for file, _ in batch]
    if not files:
        return
    try:
        yield from zip(
            files, segmenter([pixels for _, pixels in batch], batch_size=len(batch)), strict=True
        )
        return
    except UnreadableImageError:  # one of them
        pass
    for file in files:
        try:
            yield file, segmenter(file)
        except (UnreadableImageError, FileNotFoundError) as error:
            yield file, error


def _read(files: Iterable[Path]) -> Iterator[tuple[Path, Read]]:
    for file in files:
        try:
            yield file, read_image(file, upright=True)
        except (UnreadableImageError, FileNotFoundError) as error:  # a link to nothing, too
            yield file, error


def _segment(segmenter: Segmenter, video: Video, frames: Sequence[Frame]) -> list[Segmentation]:
    try:
        return segmenter([frame.pixels for frame in frames], batch_size=len(frames))
    except UnreadableImageError as error:
        raise ValueError(f'a frame of {video.name} cannot be segmented: {error}') from None


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
