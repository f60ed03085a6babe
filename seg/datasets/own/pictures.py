"""The pictures of a folder, and which of them a label file belongs to."""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from seg.datasets.own.files import files_below
from seg.datasets.own.source import IMAGE_FOLDERS, says_nothing, split_named, split_of
from seg.panoptic.picture import IMAGE_SUFFIXES


def picture_files(folder: Path) -> list[Path]:
    """The pictures in a folder and below.

    Raises:
        FileNotFoundError: If the folder does not exist.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'folder of pictures {folder} does not exist')
    return list(files_below(folder, IMAGE_SUFFIXES))


def find_pictures(folder: Path) -> dict[str, Path]:
    """The pictures in a folder and below, by their path in it without suffix.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If two differ in the suffix alone; names them.
    """
    return by_stem(folder, picture_files(folder))


def by_stem(folder: Path, files: Iterable[Path]) -> dict[str, Path]:
    """Files by their path in a folder without suffix.

    Raises:
        ValueError: If two differ in the suffix alone; names them.
    """
    found: dict[str, Path] = {}
    for file in files:
        first = found.setdefault(str(file.relative_to(folder).with_suffix('')), file)
        if first is not file:
            raise ValueError(
                f'{first} and {file.name} differ in the suffix alone; rename one of them'
            )
    return found


#: A path without suffix, and the suffix of its file in lower case; None for any.
_Reading = tuple[str, str | None]


class _Path(NamedTuple):
    """A path without suffix, and the same without the folders at its head that say ``images`` or a split."""

    parts: tuple[str, ...]
    bare: tuple[str, ...]

    @property
    def split(self) -> str | None:
        return split_of(PurePosixPath(*self.parts))


class PictureFinder:
    """Finds the picture that a name belongs to: it has the file's name, and no folder contradicts.

    That is, one of the two paths is the end of the other. Folders at the head that say ``images`` or a
    split may be missing on either side.

    Args:
        folder: The folder of the pictures.
        files: The pictures.
    """

    def __init__(self, folder: Path, files: Iterable[Path]) -> None:
        self._folder = folder
        # By name, and by folder and name, '' standing for no folder: frames of films have few names.
        self._by_end: dict[tuple[str, ...], list[tuple[_Path, Path]]] = {}
        for file in files:
            known = _path(str(file.relative_to(folder).with_suffix('')))
            ends = {known.parts[-1:], known.parts[-2:]}
            if len(known.bare) == 1:
                ends.add(('', *known.bare))
            for end in ends:
                self._by_end.setdefault(end, []).append((known, file))

    def find(self, name: str, split: str | None = None) -> Path | None:
        """The picture; None if there is none, or several and none of them is nearer than the others.

        Args:
            name: A path without suffix.
            split: Of several, the one in a folder of this split is meant.
        """
        return self._nearest([(name, None)], split)

    def find_file(self, file_name: str, split: str | None = None) -> Path | None:
        """As :meth:`find`, of a path with suffix, or an address as Label Studio has it.

        The path may have been written on Windows. A picture of another suffix counts where there is none
        of this one.
        """
        return self._nearest(_readings(file_name), split)

    def absence(self, name: str) -> str:
        """Why there is no picture of a name, a path with or without suffix."""
        where = f'of this name below {self._folder}'
        readings = [(name, None), *_readings(name)]
        _, fitting = self._fitting(readings)
        if fitting:
            some = ' and '.join(str(file.relative_to(self._folder)) for _, file in fitting[:2])
            return f'several pictures {where} fit, such as {some}'
        for stem, _ in readings:
            for _, file in self._by_end.get(_path(stem).parts[-1:], []):
                other = file.relative_to(self._folder)
                return (
                    f'no picture {where} lies where this says; there is {other} (--images names the '
                    'folder in which such paths begin)'
                )
        return f'no picture {where}'

    def _nearest(self, readings: Sequence[_Reading], split: str | None) -> Path | None:
        wanted, fitting = self._fitting(readings)
        ranks = {
            file: (
                known.parts == wanted.parts,
                *_nearness(known, wanted),
                split is not None and known.split == split,
            )
            for known, file in fitting
        }
        best = max(ranks.values(), default=None)
        found = [file for file, rank in ranks.items() if rank == best]
        return found[0] if len(found) == 1 else None

    def _fitting(self, readings: Sequence[_Reading]) -> tuple[_Path, list[tuple[_Path, Path]]]:
        """The first reading of a name of which there are pictures, and these."""
        for stem, suffix in readings:
            wanted = _path(stem)
            ends = [wanted.parts[-1:]]
            if len(wanted.bare) > 1:  # what fits shares a folder, or has none
                ends = [wanted.parts[-2:], ('', *ends[0])]
            same = {file: known for end in ends for known, file in self._by_end.get(end, [])}
            found = [
                (known, file)
                for file, known in same.items()
                if _agree(known, wanted) and suffix in (None, file.suffix.lower())
            ]
            if found:
                break
        return wanted, found


def _readings(file_name: str) -> list[_Reading]:
    """What a path with suffix may mean, the likeliest first."""
    plain = file_name.replace('\\', '/')
    found: list[_Reading] = []
    for name in dict.fromkeys((plain, unquote(plain).rpartition('?d=')[2])):
        stem, dot, suffix = name.rpartition('.')
        has_suffix = dot and '/' not in suffix
        found += [(stem, f'.{suffix.lower()}')] if has_suffix else []
        found += [(name, None)]
        found += [(stem, None)] if has_suffix else []
    return found


def _path(name: str) -> _Path:
    # Composed characters, as macOS' file systems do not have them, and no way up or drive at the head.
    parts = unicodedata.normalize('NFC', os.path.normpath(name)).split('/')
    parts = [part for part in parts if part not in ('', '.', '..')]
    start = 0
    while start < len(parts) - 1 and says_nothing(parts[start]):
        start += 1
    return _Path(tuple(parts), tuple(parts[start:]))


def _agree(known: _Path, wanted: _Path) -> bool:
    """Whether one is the end of the other, and they do not name different splits there."""
    shared = _shared(known.parts, wanted.parts)
    folders = [_plain(own.parts[:-shared])[-1:] for own in (known, wanted)]
    splits = {split_named(name) for names in folders for name in names if says_nothing(name)}
    if len(splits - {None}) > 1:
        return False
    return any(
        _shared(one, other) == min(len(one), len(other)) for one in known for other in wanted
    )


def _nearness(known: _Path, wanted: _Path) -> tuple[bool, int]:
    """Whether they are the same but for folders ``images``, and how many parts at the end are the same."""
    return _plain(known.parts) == _plain(wanted.parts), _shared(known.parts, wanted.parts)


def _plain(parts: tuple[str, ...]) -> list[str]:
    return [part for part in parts if part.lower() not in IMAGE_FOLDERS]


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many parts at the end are the same."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
