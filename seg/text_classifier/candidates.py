"""Class names to candidates: ``'door, double_door'`` names one class with two candidates."""

import re
from collections.abc import Sequence
from pathlib import Path

_SEPARATORS = re.compile(r',|/|_or_')


def split_candidates(name: str) -> list[str]:
    """Split a class name into its candidates, the words that may stand for it.

    Separators are ``,``, ``/`` and ``_or_``; underscores become spaces; candidates are lower case,
    trimmed, and each appears once, in the order written.

    Raises:
        ValueError: If the name is not a string or a candidate is empty (``'bed,,beds'``).
    """
    if not isinstance(name, str):
        raise ValueError(f'a class name must be a string, got {name!r}')
    parts = [' '.join(part.replace('_', ' ').split()).lower() for part in _SEPARATORS.split(name)]
    if not all(parts):
        raise ValueError(f'class name {name!r} has an empty candidate')
    return list(dict.fromkeys(parts))


def split_classes(classes: Sequence[str]) -> list[list[str]]:
    """Candidates of every class, in the order of ``classes``.

    Raises:
        ValueError: If there are no classes, a candidate is empty, or two classes have the same
            candidates and could never be told apart.
    """
    if isinstance(classes, str) or not len(classes):
        raise ValueError(f'expected a sequence of class names, got {classes!r}')
    candidates = []
    seen: dict[frozenset[str], int] = {}
    for index, name in enumerate(classes):
        try:
            own = split_candidates(name)
        except ValueError as error:
            raise ValueError(f'class {index}: {error}') from None
        first = seen.setdefault(frozenset(own), index)
        if first != index:
            raise ValueError(f'classes {first} and {index} are the same: {name!r}')
        candidates.append(own)
    return candidates


def read_classes(source: str) -> tuple[str, ...]:
    """Class names from a UTF-8 text file, one class a line, or from ``'cat,kitten; sofa,couch'``.

    Raises:
        FileNotFoundError: If ``source`` looks like a path and there is no such file.
        ValueError: If the file is not UTF-8 text or names no class.
    """
    path = Path(source).expanduser()
    try:
        exists = path.is_file()
    except OSError:  # a long list is no valid path
        exists = False
    if exists:
        try:
            lines = path.read_text(encoding='utf-8-sig').splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(
                f'{path} is not UTF-8 text (byte {error.start}); save it as UTF-8, one class a line'
            ) from None
    elif ';' not in source and ',' not in source:
        raise FileNotFoundError(
            f'classes file {path} does not exist; give a text file with one class a line, '
            "or a list like 'cat,kitten; sofa,couch' (one class alone: 'cat;')"
        )
    else:
        lines = source.split(';')
    classes = tuple(line.strip() for line in lines if line.strip())
    if not classes:
        raise ValueError(f'no class names in {source!r}; expected one class a line')
    return classes
