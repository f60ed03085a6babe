"""The text file beside prepared data in which names and synonyms of the classes are edited."""

import re
from itertools import count
from pathlib import Path
from typing import NamedTuple

from seg.datasets.own.files import read_text
from seg.datasets.own.names import one_class
from seg.text_classifier.candidates import split_classes

FILE = 'classes.txt'
_HEAD = """\
# The classes of data set {name}, one a line: number: name,synonym,synonym
# A comma, / and _or_ part synonyms. Names and synonyms are for the text model, and may be changed; numbers
# and headings belong to the annotations. The next training makes a text classifier of what is changed here.
"""
_LINE = re.compile(r'(\d+)\s*[:：]\s*(\S.*)')
_HEADINGS = {'[things]': True, '[stuff]': False}


class ClassEntry(NamedTuple):
    """A class of prepared data.

    Attributes:
        id: Of its category in the annotations.
        words: Name and synonyms.
        is_thing: Whether it is a thing.
    """

    id: int
    words: str
    is_thing: bool


def class_file_text(name: str, entries: list[ClassEntry]) -> str:
    """The content of the file."""
    lines = [_HEAD.format(name=name)]
    for heading, is_thing in _HEADINGS.items():
        own = [f'{entry.id}: {entry.words}\n' for entry in entries if entry.is_thing == is_thing]
        lines += [f'\n{heading}\n', *own]
    return ''.join(lines)


def read_class_file(path: Path, categories: list[ClassEntry]) -> list[ClassEntry]:
    """The classes as the file has them, in the order of the categories.

    Args:
        path: The file.
        categories: The classes as the annotations have them.

    Raises:
        ValueError: If a line is none, or numbers or headings are not those of the annotations.
    """
    text = read_text(path)
    known = {entry.id: entry for entry in categories}
    found: dict[int, ClassEntry] = {}
    is_thing: bool | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith('#'):
            continue
        if line.lower() in _HEADINGS:
            is_thing = _HEADINGS[line.lower()]
            continue
        match = _LINE.fullmatch(line)
        if match is None or is_thing is None:
            raise ValueError(
                f'{path}, line {number}: {line[:60]!r}; expected "number: name,synonym" below [things] '
                'or [stuff]'
            )
        try:
            entry = ClassEntry(int(match[1]), one_class(match[2]), is_thing)
        except ValueError as error:
            raise ValueError(f'{path}, line {number}: {error}') from None
        if entry.id not in known or known[entry.id].is_thing != is_thing or entry.id in found:
            reason = (
                'is not in the annotations'
                if entry.id not in known
                else 'is there twice'
                if entry.id in found
                else f'is {"a thing" if known[entry.id].is_thing else "stuff"} in the annotations'
            )
            raise ValueError(
                f'{path}, line {number}: class {entry.id} {reason}; change names and synonyms alone, or '
                'prepare the data anew'
            )
        found[entry.id] = entry
    missing = [entry for entry in categories if entry.id not in found]
    if missing:
        raise ValueError(
            f'{path} lacks class {missing[0].id} ({missing[0].words}), which the annotations have; '
            'prepare the data anew to leave a class out'
        )
    entries = [found[entry.id] for entry in categories]
    try:
        split_classes([entry.words for entry in entries])
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None
    return entries


def keep_class_file(file: Path) -> Path | None:
    """Rename a file that does not fit the classes any more, ``classes.txt.old1``, so that edits are not lost.

    Returns:
        Its new name, a free one; None if there is no file.

    Raises:
        OSError: If it cannot be renamed.
    """
    if not file.is_file():
        return None
    names = (file.with_name(f'{file.name}.old{number}') for number in count(1))
    return file.replace(next(name for name in names if not name.exists()))
