"""Class names to candidates: ``'door, double_door'`` names one class with two candidates."""

import re
import unicodedata
from collections.abc import Sequence

#: What parts the synonyms of a class, in whatever script.
COMMAS = ',，、､،'

_SEPARATORS = re.compile(rf'[{COMMAS}/]|_or_')
# Invisible, and no part of a word: zero-width space and its like, soft hyphen, marks of direction.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x2060, 0xFEFF, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_NO_TEXT = ('Cc', 'Cs')  # Unicode's categories of control characters and of lone surrogates
_OF_WORDS = 'LNS'  # and of letters, numbers and symbols, among them emoji


def split_candidates(name: str) -> list[str]:
    """Split a class name into its candidates, the words that may stand for it.

    Separators are commas of any script, ``/`` and ``_or_``; underscores become spaces; candidates are
    lower case, trimmed, in Unicode's composed form (NFC), without invisible characters, and each
    appears once, in the order written.

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
    is_word = [any(unicodedata.category(char)[0] in _OF_WORDS for char in part) for part in parts]
    if not any(is_word):
        raise ValueError(f'the class name {name!r} has no word')
    if not all(is_word):
        raise ValueError(f'in {name!r} a comma or slash has no word on one of its sides')
    return list(dict.fromkeys(parts))


def split_classes(classes: Sequence[str]) -> list[list[str]]:
    """Candidates of every class, in the order of ``classes``.

    Raises:
        ValueError: If there are no classes, a candidate is empty, or two classes have the same
            candidates and could never be told apart.
    """
    if isinstance(classes, str) or not len(classes):
        raise ValueError(f'expected a list of class names, got {classes!r}')
    candidates = []
    seen: dict[frozenset[str], str] = {}
    for index, name in enumerate(classes, 1):
        try:
            own = split_candidates(name)
        except ValueError as error:
            place = f'class {index:,} of {len(classes):,}: ' if len(classes) > 1 else ''
            raise ValueError(f'{place}{error}') from None
        words = frozenset(own)
        if words in seen:
            both = f'{seen[words]!r} and {name!r} are the same class'
            twice = f'{name!r} is given twice' if seen[words] == name else both
            raise ValueError(f'{twice}; leave one of them out')
        seen[words] = name
        candidates.append(own)
    return candidates
