"""A folder of pictures and one of label images, each of which appears when it is complete."""

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from PIL import Image

from seg.runtime.parallel import parallel_map
from seg.runtime.whole_files import locked, remove_folder, remove_partials, write_whole

IMAGE_SUFFIX = '.jpg'
#: Suffix of the label images, with what they are and the number of void.
_LABEL_KINDS: dict[str, tuple[type, int, dict]] = {
    '.png': (np.uint8, 255, {'format': 'PNG'}),
    '.tif': (np.uint16, 65535, {'format': 'TIFF', 'compression': 'tiff_adobe_deflate'}),
}


class Layout(NamedTuple):
    """Where a prepared test set is.

    Attributes:
        images: Folder of the pictures, which test sets may share.
        labels: Folder of the label images.
        label_suffix: '.png' for 8 bits, '.tif' for 16.
    """

    images: Path
    labels: Path
    label_suffix: str


class Released(Protocol):
    """The released files of a test set, which can be pickled.

    Attributes:
        names: Of the pictures, without suffix.
        source: The file that lists them.
    """

    names: list[str]
    source: Path

    def picture(self, name: str) -> bytes:
        """Content of the prepared picture, a JPEG."""

    def labels(self, name: str) -> np.ndarray:
        """Class of each pixel of the prepared picture, integers [H, W]; negative for void."""


def write_test_set(
    released: Released, layout: Layout, *, workers: int = 1, force: bool = False
) -> int:
    """Write what is missing of a prepared test set.

    The files are gathered in a hidden folder beside their place, and get its name when all are there.
    An interrupted run is resumed from it.

    Args:
        released: The released files.
        layout: Where to write.
        workers: Processes.
        force: Whether to make anew what is there.

    Returns:
        Number of files written.

    Raises:
        FileNotFoundError: If a released file is missing.
        ValueError: If one is damaged, or a folder has files that are not of this set; names it.
        BlockingIOError: If another process is preparing the same folders.
    """
    suffix = layout.label_suffix
    images = [name + IMAGE_SUFFIX for name in released.names]
    labels = [name + suffix for name in released.names]
    for folder, files in ((layout.images, images), (layout.labels, labels)):
        if not force:
            _require_own(folder, files)
    layout.images.parent.mkdir(parents=True, exist_ok=True)
    with locked(
        layout.images.parent / '.prepare.lock',
        f'{layout.images.parent} is being prepared by another process',
    ):
        written = 0
        for folder, files, content in (
            (layout.images, images, released.picture),
            (layout.labels, labels, partial(_label_file, released.labels, suffix)),
        ):
            fill = partial(_fill, folder, files, content)
            written += fill(workers=workers, force=force)
        return written


def _require_own(folder: Path, files: Sequence[str]) -> None:
    strange = sorted({file.name for file in _files(folder)} - set(files))
    if strange:
        raise ValueError(
            f'{folder} has {len(strange):,} files that are not of this test set, such as '
            f'{strange[0]}; move them away, or make the folder anew with --force'
        )


def _fill(
    folder: Path,
    files: Sequence[str],
    content: Callable[[str], bytes],
    *,
    workers: int,
    force: bool,
) -> int:
    gathered = folder.with_name(f'.{folder.name}.unfinished')
    folder.parent.mkdir(parents=True, exist_ok=True)
    if force:
        remove_folder(folder)
        remove_folder(gathered)
    if {file.name for file in _files(folder)} == set(files):
        return 0
    gathered.mkdir(exist_ok=True)
    remove_partials(gathered)
    for file in _files(folder):  # an incomplete folder, not of ours; what it has is kept
        file.replace(gathered / file.name)
    for file in _files(gathered):
        if file.name not in set(files):  # of an interrupted run with another list
            file.unlink()
    missing = [file for file in files if not (gathered / file).exists()]
    make = partial(_make, gathered, content)
    for _ in parallel_map(
        make, missing, workers=workers, description=f'{folder.parent.name}/{folder.name}'
    ):
        pass
    remove_folder(folder)  # empty, but for hidden files
    gathered.rename(folder)
    return len(missing)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [file for file in folder.iterdir() if not file.name.startswith('.')]


def _make(folder: Path, content: Callable[[str], bytes], file: str) -> None:
    write_whole(folder / file, content(Path(file).stem))


def _label_file(labels: Callable[[str], np.ndarray], suffix: str, name: str) -> bytes:
    kind, void, options = _LABEL_KINDS[suffix]
    classes = labels(name)
    file = io.BytesIO()
    Image.fromarray(np.where(classes < 0, void, classes).astype(kind)).save(file, **options)
    return file.getvalue()
