"""The pictures of a folder, and which of them a label file belongs to."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from seg.datasets.own.files import files_below
from seg.datasets.own.source import split_of

SUFFIXES = frozenset(('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp', '.gif', '.ppm'))


def find_pictures(folder: Path) -> dict[str, Path]:
    """The pictures in a folder and below, by their path in it without suffix.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If two differ in the suffix alone; names them.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'folder of pictures {folder} does not exist')
    found: dict[str, Path] = {}
    for file in files_below(folder, SUFFIXES):
        first = found.setdefault(str(file.relative_to(folder).with_suffix('')), file)
        if first is not file:
            raise ValueError(
                f'{first} and {file.name} differ in the suffix alone; rename one of them'
            )
    return found


class PictureFinder:
    """Finds the picture that a name belongs to: by its path or the end of it, the file's name at least.

    Args:
        pictures: As :func:`find_pictures` gives them.
    """

    def __init__(self, pictures: Iterable[str]) -> None:
        self._known = set(pictures)
        self._by_stem: dict[str, list[str]] = {}
        for name in self._known:
            self._by_stem.setdefault(PurePosixPath(name).name, []).append(name)

    def find(self, name: str, split: str | None = None) -> str | None:
        """The key of a picture; None if there is none, or several have the file's name and none the path.

        Args:
            name: A path without suffix.
            split: Of several that have the file's name, the one in a folder of this split is meant.
        """
        parts = PurePosixPath(name).parts
        for start in range(len(parts)):
            if (end := '/'.join(parts[start:])) in self._known:
                return end
        found = self._by_stem.get(parts[-1] if parts else '', [])
        if len(found) > 1 and split is not None:
            found = [own for own in found if split_of(PurePosixPath(own)) == split]
        return found[0] if len(found) == 1 else None

    def find_file(self, file_name: str, split: str | None = None) -> str | None:
        """As :meth:`find`, of a path with suffix, which may have been written on Windows."""
        name = file_name.replace('\\', '/')
        stem, dot, suffix = name.rpartition('.')
        if dot and '/' not in suffix:
            return self.find(stem, split) or self.find(name, split)
        return self.find(name, split)
