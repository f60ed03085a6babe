"""The pictures of a folder, and which of them a label file belongs to."""

from collections.abc import Iterable
from pathlib import Path

SUFFIXES = frozenset(('.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp', '.gif', '.ppm'))


def find_pictures(folder: Path) -> dict[str, Path]:
    """The pictures in a folder and below, by their path in it without suffix.

    Hidden files are passed over.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If two differ in the suffix alone; names them.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'folder of pictures {folder} does not exist')
    found: dict[str, Path] = {}
    for file in sorted(folder.rglob('*')):
        inside = file.relative_to(folder)
        if file.suffix.lower() not in SUFFIXES or any(
            part.startswith('.') for part in inside.parts
        ):
            continue
        first = found.setdefault(str(inside.with_suffix('')), file)
        if first is not file:
            raise ValueError(
                f'{first} and {file.name} differ in the suffix alone; rename one of them'
            )
    return found


class PictureFinder:
    """Finds the picture that a name belongs to: by its whole path, else by the file's name alone.

    Args:
        pictures: As :func:`find_pictures` gives them.
    """

    def __init__(self, pictures: Iterable[str]) -> None:
        self._known = set(pictures)
        self._by_stem: dict[str, list[str]] = {}
        for name in self._known:
            self._by_stem.setdefault(Path(name).name, []).append(name)

    def find(self, name: str) -> str | None:
        """The key of a picture, None if there is none, or several have the name and none the path."""
        if name in self._known:
            return name
        found = self._by_stem.get(Path(name).name, ())
        return found[0] if len(found) == 1 else None
