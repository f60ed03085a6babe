"""Class names as people write them: a file, a list in one line, or lines typed into the page."""

import codecs
import csv
import itertools
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from html import unescape
from html.entities import html5
from pathlib import Path

from seg.text_classifier.candidates import split_classes

#: What :func:`class_names` takes.
Words = str | Sequence[str]

_MARKS = (  # the longer ones first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF8, 'utf-8'),
    (codecs.BOM_UTF32_LE, 'utf-32-le'),
    (codecs.BOM_UTF32_BE, 'utf-32-be'),
    (codecs.BOM_UTF16_LE, 'utf-16-le'),
    (codecs.BOM_UTF16_BE, 'utf-16-be'),
)
_COMMENT = re.compile(r'^\s*#.*|\s#\s.*')
# '0: cat', '1. cat', '2) cat', '3<tab>cat'; not '1.5 inch' and not '7 eleven'
_NUMBERED = re.compile(r'(\d+)(?:\s*[:：)）]\s*|\.\s+|\s*\t\s*)(\S.*)')
#: What FC-CLIP's word files have at numbers that stand for no class.
NO_CLASS = 'invalid_class_id'
_ENTITY = re.compile(r'&(#\d+;|#[xX][\da-fA-F]+;|[a-zA-Z]\w*;)')
# Inside one line, these make it a list.
_LIST_SIGNS = ';,；，、['


def parse_classes(text: str) -> tuple[str, ...]:
    """Class names from text: one a line or between semicolons, or a JSON list.

    Blank lines and comments (``# ...``) are left out, as are the numbers where all names are
    numbered in order (``0: cat``); of these ``0:invalid_class_id`` is no class, as in FC-CLIP's word
    files. Full-width semicolons count as semicolons. Quotes around names are left out, HTML's entities
    (``&amp;``) are read. Names are in Unicode's composed form (NFC), so that ``é`` is the same however
    it was typed.

    Args:
        text: The names; the synonyms of a class are separated by commas, or are a list in JSON.

    Returns:
        The names, none for text that has none.

    Raises:
        ValueError: If it begins as a JSON list and is none, is a JSON object, has quotes that cannot be
            read, some names are numbered and others not, or the numbers do not ascend.
    """
    text = unicodedata.normalize('NFC', text.replace('\ufeff', ''))
    if text.lstrip().startswith('['):
        return _from_json(text)
    if re.match(r'\s*\{\s*"', text):
        raise ValueError('they are a JSON object; give a JSON list of names, or one class a line')
    text = _ENTITY.sub(_read_entity, text)
    lines = (_COMMENT.sub('', line) for line in text.splitlines())
    names = [name.strip() for line in lines for name in re.split('[;；]', line) if name.strip()]
    return tuple(_without_quotes(name) for name in _without_numbers(names))


def class_names(words: Words) -> tuple[str, ...]:
    """Class names as code gives them: text as :func:`parse_classes` reads it, or a list of names.

    Raises:
        ValueError: If they are neither, or the text cannot be read.
    """
    if isinstance(words, str):
        return parse_classes(words)
    if not isinstance(words, (list, tuple)):
        kind = type(words).__name__
        raise ValueError(f"words are text such as 'cat; dog, puppy' or a list of names, not {kind}")
    return tuple(words)


def read_classes(source: str) -> tuple[str, ...]:
    """Class names from a text file, or from a list such as ``'cat,kitten; sofa,couch'``.

    Args:
        source: A file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark; or the list. What
            either may hold, see :func:`parse_classes`.

    Raises:
        FileNotFoundError: If ``source`` looks like a path and there is no such file.
        ValueError: If the file is no such text, or :func:`split_classes` refuses what it holds.
    """
    if not source.strip():
        raise ValueError("the list of classes is empty; give e.g. 'cat,kitten; sofa,couch'")
    path = classes_file(source)
    if path is not None:
        text = _decode(path)
    elif not any(sign in source for sign in _LIST_SIGNS):
        raise FileNotFoundError(
            f'classes file {Path(source).expanduser()} does not exist; give a text file with one class a line, '
            "or a list like 'cat,kitten; sofa,couch' (one class alone: 'cat;')"
        )
    else:
        text = _typed(source)
    try:
        classes = parse_classes(text)
        if classes:
            split_classes(classes)
    except ValueError as error:
        raise ValueError(f'{path}: {error}' if path else str(error)) from None
    if not classes:
        raise ValueError(f'no class names in {source!r}; expected one class a line')
    return classes


def classes_file(source: str) -> Path | None:
    """The file that a source of class names is the path of; None where it is a list."""
    path = Path(source).expanduser()
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):  # a long list is no valid path, nor is one with a null character
        return None


def _typed(source: str) -> str:
    """What was typed, in a terminal of UTF-8 even where Python believes it to be ASCII."""
    try:
        return os.fsencode(source).decode()
    except UnicodeEncodeError:  # no argument of a command line
        return source
    except UnicodeDecodeError:
        raise ValueError(
            f'the words {source!r} are not UTF-8; let the terminal use UTF-8, or give a file'
        ) from None


def _decode(path: Path) -> str:
    content = path.read_bytes()
    mark, encoding = next(
        (known for known in _MARKS if content.startswith(known[0])), (b'', 'utf-8')
    )
    try:
        return content.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f'{path} is not {encoding.upper()} text (byte {len(mark) + error.start}); save it as '
            'UTF-8, one class a line'
        ) from None


def _from_json(text: str) -> tuple[str, ...]:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'they begin with [ and are no JSON list: {error}') from None
    classes = []
    for name in names:
        own = name if isinstance(name, list) else [name]
        if not own or not all(isinstance(word, str) for word in own):
            raise ValueError(f'a JSON list holds strings, or lists of synonyms, not {name!r}')
        classes.append(','.join(own).strip())
    return tuple(classes)


def _read_entity(entity: re.Match[str]) -> str:
    # Of unknown ones html.unescape would read the beginning: '&notes;' as '¬es;'.
    return unescape(entity[0]) if entity[1][0] == '#' or entity[1] in html5 else entity[0]


def _without_quotes(name: str) -> str:
    if not name.startswith('"'):
        return name
    try:
        (row,) = csv.reader([name], skipinitialspace=True)
    except csv.Error as error:
        raise ValueError(f'the quotes of {name[:40]!r} cannot be read: {error}') from None
    return ','.join(row)


def _without_numbers(names: list[str]) -> list[str]:
    matches = [_NUMBERED.fullmatch(name) for name in names]
    found = [match for match in matches if match]
    if not found:
        return names
    if len(found) < len(names):
        odd = names[matches.index(None)]
        raise ValueError(
            f'some classes are numbered and {odd!r} is not; number all of them or none'
        )
    numbers = [int(match[1]) for match in found]
    if any(b <= a for a, b in itertools.pairwise(numbers)):
        raise ValueError('the numbers of the classes do not ascend; sort the lines by them')
    return [match[2] for match in found if match[2] != NO_CLASS]
