"""The files of a source: which there are, their text, and what their JSON is of."""

import codecs
import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

_PEEK = 1 << 16
_SHAPES = re.compile(rb'"shapes"\s*:\s*\[')


def files_below(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """Files with one of the suffixes in a folder and below, in order; links to folders are followed.

    Hidden files and folders are passed over, as is a link to a folder that it lies in.

    Args:
        folder: The folder; one that does not exist has no files.
        suffixes: In lower case, with the dot.

    Raises:
        OSError: If a folder cannot be read.
    """
    above: dict[str, frozenset[str]] = {str(folder): frozenset((os.path.realpath(folder),))}
    for place, folders, names in os.walk(folder, onerror=_fail, followlinks=True):
        own = above.pop(place)
        kept = []
        for name in sorted(folders):
            inside = os.path.join(place, name)  # noqa: PTH118  as os.walk makes it
            real = os.path.realpath(inside)
            if not name.startswith('.') and real not in own:
                above[inside] = own | {real}
                kept.append(name)
        folders[:] = kept
        for name in sorted(names):
            if not name.startswith('.') and Path(name).suffix.lower() in suffixes:
                yield Path(place, name)


def _fail(error: OSError) -> None:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise error


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises:
        ValueError: If it is not; names the file.
    """
    try:
        return file.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError:
        raise ValueError(f'{file} is no UTF-8 text; save it as such') from None


def json_bytes(file: Path) -> bytes:
    """The content of a JSON file, without the byte order mark that editors on Windows begin it with.

    Raises:
        OSError: If it cannot be read.
    """
    return file.read_bytes().removeprefix(codecs.BOM_UTF8)


def check_ids(content: Mapping[str, Any], file: Path) -> None:
    """See that each image, and each category, of COCO's annotations has an id of its own.

    Raises:
        ValueError: If two have one; names them.
    """
    for kind, name in (('images', 'file_name'), ('categories', 'name')):
        first: dict[str, Any] = {}
        for entry in content[kind]:
            before = first.setdefault(str(entry['id']), entry[name])
            if before != entry[name]:
                raise ValueError(
                    f'{file}: {kind} {before!r} and {entry[name]!r} have one id, {entry["id"]}'
                )


def json_files(source: Path, kind: str | None) -> list[Path]:
    """The JSON files of a kind, see :func:`json_kind`: the source itself, or those below it.

    Raises:
        OSError: If a folder cannot be read.
    """
    files = files_below(source, {'.json'}) if source.is_dir() else [source]
    return [file for file in files if json_kind(file) == kind]


def damaged_json(source: Path) -> list[Path]:
    """The JSON files of no kind that are not whole, of which nobody knows what they were.

    Raises:
        OSError: If a folder cannot be read.
    """
    files = json_files(source, None)
    return [file for file in files if file.suffix.lower() == '.json' and not _is_whole(file)]


def _is_whole(file: Path) -> bool:
    try:
        msgspec.json.decode(json_bytes(file), type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError):
        return False
    return True


def json_kind(file: Path) -> str | None:
    """What a JSON file holds: 'coco' (instances), 'panoptic', 'labelme' or None; it may be cut."""
    if file.suffix.lower() != '.json':
        return None
    try:
        with file.open('rb') as opened:
            content = opened.read(_PEEK)
            # labelme's are as many as pictures, and large where these are in them.
            if _SHAPES.search(content) and b'"images"' not in content:
                return 'labelme'
            content += opened.read()
    except OSError:
        return None
    if b'"segments_info"' in content:
        return 'panoptic'
    if b'"images"' in content and b'"categories"' in content:
        return 'coco'
    return 'labelme' if _SHAPES.search(content) and b'"imagePath"' in content else None
