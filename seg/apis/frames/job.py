"""Where the results of one command line go, decided before any work."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from seg.apis.frames.sources import VideoSource
from seg.runtime.output_files import name_outputs, require_free
from seg.runtime.video.frame import pyav
from seg.runtime.video.writing import require_video_suffix

LINES_SUFFIXES = ('.jsonl', '.ndjson')


@dataclass(frozen=True)
class Job:
    """Pictures and videos, and the files to be made of them.

    Args:
        pictures: Of each picture, the overlay and the description in JSON.
        videos: The videos, and the overlay of each.
        lines: A file with a line of JSON for each picture or frame. Defaults to None, none.
    """

    pictures: dict[Path, tuple[Path, ...]]
    videos: dict[VideoSource, Path]
    lines: Path | None = None


def plan_job(
    pictures: Sequence[Path],
    videos: Sequence[VideoSource],
    folder: Path,
    *,
    out: Path | None = None,
    lines: Path | None = None,
    overwrite: bool = False,
    others: Iterable[str | PathLike] = (),
) -> Job:
    """Name the outputs, before any work.

    Args:
        pictures: The pictures, for ``folder/a.jpg.png`` and ``folder/a.jpg.json``.
        videos: The videos, for ``folder/b.mov.mp4``; the names for cameras and streams hold the time.
        folder: Where outputs go; it is made where it is missing.
        out: The output of the one video that there is, in place of that. Defaults to None.
        lines: A file for lines of JSON. Defaults to None.
        overwrite: Whether ``out`` and ``lines`` may take the place of files. Defaults to False.
        others: Further files that are never overwritten.

    Raises:
        ImportError: If there are videos, but the package ``av`` is missing.
        ValueError: If an output is an input or another's output, has an unknown suffix, or ``out`` fits no video.
        OSError: If a named file is there already, or its folder is not.
    """
    files = [source.file for source in videos if source.file is not None]
    inputs = [*pictures, *files, *others]
    named = name_outputs(pictures, folder, ('.png', '.json'), inputs)
    overlays = name_outputs(files, folder, ('.mp4',), inputs)
    if videos:
        pyav()
    if out is not None:
        if len(videos) != 1:
            raise ValueError(f'--out is for one video, camera or stream; there are {len(videos)}')
        require_video_suffix(out)
        require_free(out, inputs, overwrite=overwrite)
    if lines is not None:
        if lines.suffix.lower() not in LINES_SUFFIXES:
            expected = ' or '.join(LINES_SUFFIXES)
            raise ValueError(f'cannot write {lines}: lines of JSON go to a file in {expected}')
        require_free(lines, inputs, overwrite=overwrite)
    targets: dict[VideoSource, Path] = {}
    for source in videos:
        if source.file is not None:
            targets[source] = out or overlays[str(source.file)][0]
        else:
            targets[source] = out or _unused(folder / source.recording_name(), targets.values())
    return Job({file: named[str(file)] for file in pictures}, targets, lines)


def _unused(path: Path, taken: Collection[Path]) -> Path:
    number, free = 1, path
    while free.exists() or free in taken:
        number += 1
        free = path.with_stem(f'{path.stem}_{number}')
    return free
