"""Class names to candidates: ``'door, double_door'`` names one class with two candidates."""

import re
import unicodedata
from collections.abc import Sequence

_SEPARATORS = re.compile(r'[,，、/]|_or_')
# Invisible, and no part of a word: zero-width space and its like, soft hyphen, marks of direction.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x2060, 0xFEFF, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_NO_TEXT = ('Cc', 'Cs')  # Unicode's categories of control characters and of lone surrogates


def split_candidates(name: str) -> list[str]:
    """Split a class name into its candidates, the words that may stand for it.

    Separators are commas (``,``, ``，`` and ``、``), ``/`` and ``_or_``; underscores become spaces;
    candidates are lower case, trimmed, in Unicode's composed form (NFC), without invisible
    characters, and each appears once, in the order written.

    Raises:
        ValueError: If the name is not a string, a candidate is empty (``'bed,,beds'``), or it holds
            a control character or bytes that could not be decoded.
    """
    if not isinstance(name, str):
        raise ValueError(f'a class name must be a string, got {name!r}')
    whole = unicodedata.normalize('NFC', name).translate(_INVISIBLE)
    parts = [' '.join(part.replace('_', ' ').split()).lower() for part in _SEPARATORS.split(whole)]
    if any(unicodedata.category(char) in _NO_TEXT for part in parts for char in part):
        raise ValueError(f'class name {name!r} holds characters that are no text')
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
