"""A job, done: everything is segmented, what was made is told, and what is broken is named."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seg.apis.frames.job import Job
from seg.apis.frames.segmenting import segment_pictures, segment_video
from seg.apis.frames.sources import VideoSource
from seg.apis.frames.stop_signals import StopSignals
from seg.apis.nothing_found import nothing_found
from seg.apis.segmenter import Segmenter
from seg.panoptic.segmentation import Segmentation
from seg.runtime.video.frame import UnreadableVideoError
from seg.runtime.whole_files import write_whole, writing_file

Record = Callable[[dict[str, Any]], None]


def run_job(
    segmenter: Segmenter,
    job: Job,
    *,
    batch_size: int = 1,
    limit: int | None = None,
    timeout: float = 10,
) -> int:
    """Segment everything. Ctrl-C ends the work with the picture or frame at hand, and what was done is kept.

    Args:
        segmenter: The model.
        job: Inputs and outputs.
        batch_size: Pictures that the segmenter gets at once. Defaults to 1.
        limit: Frames after which a video is ended. Defaults to None, all.
        timeout: Seconds that a stream may be silent. Defaults to 10.

    Returns:
        The exit code: 0, also where Ctrl-C has ended nothing but cameras and streams, or that of the signal.

    Raises:
        ValueError: In the end, if inputs are broken; the others are done.
        OSError: If an output cannot be written; names it.
    """
    with StopSignals() as stop:
        run = _Run(segmenter, job, stop)
        with _writing_lines(job.lines) as record:
            run.pictures(record, batch_size)
            for source, path in job.videos.items():
                if not stop():
                    run.video(source, path, record, batch_size, limit, timeout)
            if not run.is_anything_done:  # then there is no such file
                run.raise_problems()
                raise KeyboardInterrupt
    run.raise_problems()
    return run.exit_code()


class _Run:
    def __init__(self, segmenter: Segmenter, job: Job, stop: StopSignals) -> None:
        self._segmenter, self._job, self._stop = segmenter, job, stop
        self._inputs = len(job.pictures) + len(job.videos)
        self._skipped: list[Exception] = []
        self._flawed: list[str] = []
        self.is_anything_done = False
        self._said_why = False

    def pictures(self, record: Record, batch_size: int) -> None:
        def write(file: Path, found: Segmentation) -> None:
            picture, description = self._job.pictures[file]
            found.save(picture)
            content = found.to_dict()
            text = json.dumps(content, indent=1, ensure_ascii=False)
            write_whole(description, text.encode())
            record(dict(source=str(file), **content))
            self.is_anything_done = True
            print(f'{picture}: {found}')
            if not len(found) and not self._said_why:
                self._said_why = True
                words = self._segmenter.vocabulary.classes
                unknown = self._segmenter.unknown_words(words)
                script = 'demo/image_demo.py'
                why = nothing_found(words, self._segmenter.trained_on, script, unknown)
                print(why, file=sys.stderr)

        files = list(self._job.pictures)
        segment_pictures(
            self._segmenter,
            files,
            write,
            self._skip,
            batch_size=batch_size,
            is_stopped=self._stop,
        )

    def video(
        self,
        source: VideoSource,
        path: Path,
        record: Record,
        batch_size: int,
        limit: int | None,
        timeout: float,
    ) -> None:
        try:
            video = source.open(timeout)
        except (UnreadableVideoError, FileNotFoundError) as error:
            self._skip(error)
            return
        try:
            done = segment_video(
                self._segmenter,
                video,
                path,
                batch_size=batch_size,
                limit=limit,
                record=lambda frame: record(dict(source=source.name, **frame)),
                is_stopped=self._stop,
            )
        except KeyboardInterrupt:  # before its first frame
            if self._stop() and self.is_anything_done:
                return
            raise
        self.is_anything_done = True
        speed = f'{done.frames} frames in {done.seconds:.1f} s, {done.frames / done.seconds:.1f} a second'
        late = f'; {done.dropped} more came too fast' if done.dropped else ''
        print(f'{path}: {speed}{late}')
        if done.problem is not None:
            self._flaw(f'{done.problem}; {done.frames} frames were used')

    def raise_problems(self) -> None:
        """Say, as an error, what was wrong, if anything was."""
        if self._inputs == 1 and self._skipped:
            raise self._skipped[0]
        if self._inputs == 1 and self._flawed:
            raise ValueError(self._flawed[0])
        if self._skipped or self._flawed:
            raise ValueError('; '.join(self._problems()))

    def exit_code(self) -> int:
        """Of a run without problems."""
        signal_number = self._stop.received
        is_endless = not self._job.pictures and all(one.file is None for one in self._job.videos)
        if signal_number is None or (signal_number == signal.SIGINT and is_endless):
            return 0
        print('interrupted; what was done is kept', file=sys.stderr)
        return 128 + signal_number

    def _problems(self) -> Iterator[str]:
        kinds = [name for name in ('pictures', 'videos') if getattr(self._job, name)]
        if self._skipped:
            count = f'{len(self._skipped)} of {self._inputs} {" and ".join(kinds)}'
            yield f'{count} could not be used and were skipped'
        if self._flawed:
            yield f'{len(self._flawed)} of {len(self._job.videos)} videos were used in part'

    def _skip(self, error: Exception) -> None:
        self._skipped.append(error)
        if self._inputs > 1:
            print(f'skipped: {error}', file=sys.stderr)

    def _flaw(self, problem: str) -> None:
        self._flawed.append(problem)
        if self._inputs > 1:
            print(f'in part: {problem}', file=sys.stderr)


@contextmanager
def _writing_lines(path: Path | None) -> Iterator[Record]:
    """What writes lines of JSON to a file that is there as a whole at the end; nothing if there is none."""
    if path is None:
        yield lambda record: None
        return
    with writing_file(path) as file:

        def record(content: dict[str, Any]) -> None:
            line = json.dumps(content, ensure_ascii=False) + '\n'
            try:  # in JSON, an escape says what half a character is
                file.write(line.encode(errors='backslashreplace'))
            except OSError as error:
                raise OSError(f'cannot write {path}: {error.strerror or error}') from None

        yield record
