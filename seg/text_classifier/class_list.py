"""Class names as people write them: a file, a list in one line, or lines typed into the page."""

import codecs
import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from seg.text_classifier.candidates import COMMAS, split_candidates, split_classes
from seg.text_classifier.words.lines import SEMICOLONS, names_of_json, names_of_lines, plain_text
from seg.text_classifier.words.typed import TypedClasses, typed_classes

#: What :func:`class_names` takes.
Words = str | Sequence[str]

_MARKS = (  # the longer ones first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF8, 'utf-8'),
    (codecs.BOM_UTF32_LE, 'utf-32-le'),
    (codecs.BOM_UTF32_BE, 'utf-32-be'),
    (codecs.BOM_UTF16_LE, 'utf-16-le'),
    (codecs.BOM_UTF16_BE, 'utf-16-be'),
)
_FILE = re.compile(r'.*\.(txt|csv|tsv|json|names|ya?ml|py)', re.IGNORECASE)
# A name alone may be that of a file if it has a slash or an ending, or is one word in ASCII.
_PATH = re.compile(r'.*[\\/].*|.*\.\w{2,5}|[!-~]+')
_SIGNS = f'{COMMAS}{SEMICOLONS}[\n'  # make a list of it


def parse_classes(text: str) -> tuple[str, ...]:
    """Class names from text as files have it: one a line or between semicolons, or a JSON list.

    Blank lines and comments (``# ...``) are left out, as are the numbers where all names are
    numbered in order (``0: cat``); of these ``0:invalid_class_id`` is no class, as in FC-CLIP's word
    files. Semicolons may be of any script. Quotes around names are left out, HTML's entities
    (``&amp;``) are read. Names are in Unicode's composed form (NFC), so that ``é`` is the same however
    it was typed.

    Args:
        text: The names; the synonyms of a class are separated by commas, or are a list in JSON.

    Returns:
        The names, none for text that has none.

    Raises:
        ValueError: If it begins as a JSON list and is none, is a JSON object, a quote has no partner,
            some names are numbered and others not, or the numbers do not ascend.
    """
    plain = plain_text(text)
    return names_of_json(plain) if plain.startswith('[') else names_of_lines(plain)


def class_names(words: Words) -> tuple[str, ...]:
    """Class names as code gives them: text as :func:`typed_classes` reads it, or a list of names.

    Warns of what may have been meant otherwise.

    Raises:
        ValueError: If they are neither, or the text cannot be read.
    """
    if isinstance(words, str):
        return _noted(typed_classes(words))
    if not isinstance(words, (list, tuple)):
        kind = type(words).__name__
        raise ValueError(f"words are text such as 'cat; dog, puppy' or a list of names, not {kind}")
    return tuple(words)


def things_and_stuff(things: Sequence[str], stuff: Sequence[str]) -> tuple[str, ...]:
    """The names of both, things first.

    Raises:
        ValueError: If a class is among both.
    """
    known = {frozenset(split_candidates(own)) for own in things} if stuff else ()
    for name in stuff:
        if frozenset(split_candidates(name)) in known:
            raise ValueError(
                f'{name!r} is among the things and the stuff; leave it out of one of them'
            )
    return (*things, *stuff)


def read_classes(source: str) -> tuple[str, ...]:
    """Class names from a text file, or typed in one line, such as ``'cat,kitten; sofa,couch'``.

    Warns of what may have been meant otherwise.

    Args:
        source: A file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark, as
            :func:`parse_classes` reads it; or the names, as :func:`typed_classes` reads them.

    Raises:
        FileNotFoundError: If ``source`` looks like a path and there is no such file.
        ValueError: If the file is no such text, or :func:`split_classes` refuses what it holds.
    """
    if not source.strip():
        raise ValueError("the list of classes is empty; give e.g. 'cat,kitten; sofa,couch'")
    path = classes_file(source)
    if path is None:
        return _from_terminal(source)
    try:
        classes = parse_classes(_decode(path))
        if classes:
            split_classes(classes)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None
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


def _from_terminal(source: str) -> tuple[str, ...]:
    is_alone = not any(sign in source for sign in _SIGNS)
    if _FILE.fullmatch(source) or (is_alone and _PATH.fullmatch(source)):
        raise FileNotFoundError(
            f'classes file {source} does not exist; give a text file with one class a line, '
            f"or a list like 'cat,kitten; sofa,couch' (one class alone: '{source.strip()};')"
        )
    try:  # in a terminal of UTF-8 even where Python believes it to be ASCII
        text = os.fsencode(source).decode()
    except UnicodeEncodeError:  # no argument of a command line
        text = source
    except UnicodeDecodeError:
        raise ValueError(
            f'the words {source!r} are not UTF-8; let the terminal use UTF-8, or give a file'
        ) from None
    typed = typed_classes(text)
    if is_alone and not typed.note:
        warnings.warn(
            f'read as one class, {text.strip()}, as there is no file of this name; to say so, end '
            f'with a semicolon: {text.strip()};',
            stacklevel=3,
        )
    return _noted(typed)


def _noted(typed: TypedClasses) -> tuple[str, ...]:
    if typed.note:
        warnings.warn(typed.note, stacklevel=3)
    return typed.names


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
