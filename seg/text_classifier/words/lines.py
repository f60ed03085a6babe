"""Text to class names: lines and semicolons, comments, quotes, numbers, HTML's entities, JSON."""

import itertools
import json
import re
import unicodedata
from html import unescape
from html.entities import html5

from seg.text_classifier.candidates import COMMAS

#: What parts classes within a line, in whatever script; so does the full stop of Chinese and Japanese.
SEMICOLONS = ';；؛。｡'

_COMMENT = re.compile(r'^\s*#.*|\s#\s.*')
# '0: cat', '1. cat', '2) cat', '3<tab>cat'; not '1.5 inch' and not '7 eleven'
_NUMBERED = re.compile(r'(\d+)(?:\s*[:：)）]\s*|\.\s+|\s*\t\s*)(\S.*)')
# '- cat', '• cat', of a pasted list
_BULLET = re.compile(r'[-*•·–—]\s+')
#: What FC-CLIP's word files have at numbers that stand for no class.
NO_CLASS = 'invalid_class_id'
_ENTITY = re.compile(r'&(#\d+;|#[xX][\da-fA-F]+;|[a-zA-Z]\w*;)')
_QUOTES = ('“”„"＂', "'‘’", '«»', '‹›', '「」', '『』', '《》')
# Around whole words, that is between signs: neither "rock 'n' roll" nor '5" pipe'.
_QUOTED = re.compile(
    rf'(^|[{COMMAS}{SEMICOLONS}])[^\S\n]*(?:"((?:[^"\n]|"")*)"|'
    + '|'.join(f'[{marks}]([^{marks}\n]*)[{marks}]' for marks in _QUOTES)
    + rf')[^\S\n]*(?=$|[{COMMAS}{SEMICOLONS}])',
    re.MULTILINE,
)
_LONE_QUOTE = re.compile(rf'(?:^|[{COMMAS}])\s*["“„«‹「『《]')


def plain_text(text: str) -> str:
    """Text without blanks around it and byte order marks, in Unicode's composed form (NFC).

    Line breaks of all systems become ``\\n``. HTML's entities (``&amp;``) are read where it does not begin
    as a JSON list.

    Raises:
        ValueError: If it is a JSON object.
    """
    text = unicodedata.normalize('NFC', text.replace('\ufeff', '')).strip()
    text = '\n'.join(text.splitlines())
    if re.match(r'\{\s*"', text):
        raise ValueError('they are a JSON object; give a JSON list of names, or one class a line')
    return text if text.startswith('[') else _ENTITY.sub(_read_entity, text)


def names_of_lines(plain: str) -> tuple[str, ...]:
    """Class names of :func:`plain_text`, one a line or between semicolons.

    Raises:
        ValueError: If a quote has no partner, some names are numbered and others not, or the numbers
            do not ascend.
    """
    plain = '\n'.join(_COMMENT.sub('', line) for line in plain.split('\n'))
    plain = _QUOTED.sub(_unquoted, plain)  # the text as a whole may be in quotes, as for a shell
    parts = (_without_bullet(part.strip()) for part in re.split(rf'[\n{SEMICOLONS}]', plain))
    names = [_QUOTED.sub(_unquoted, own) for own in _without_numbers(list(filter(None, parts)))]
    for name in names:
        if _LONE_QUOTE.search(name):
            raise ValueError(f'a quote in {abbreviated(name)!r} has no partner; leave quotes out')
    return tuple(names)


def names_of_json(plain: str) -> tuple[str, ...]:
    """Class names of a JSON list of strings, or of lists of synonyms.

    Raises:
        ValueError: If it is none.
    """
    try:
        names = json.loads(plain)
    except (ValueError, RecursionError):
        raise ValueError(
            f'{abbreviated(plain)!r} begins with [ and is no JSON list such as ["cat", "dog"]; '
            'without brackets: cat; dog'
        ) from None
    classes = []
    for name in names:
        own = name if isinstance(name, list) else [name]
        if not own or not all(isinstance(word, str) for word in own):
            raise ValueError(f'a JSON list holds strings, or lists of synonyms, not {name!r}')
        classes.append(','.join(own).strip())
    return tuple(classes)


def abbreviated(text: str) -> str:
    """Text cut where it is long, for a sentence that names it."""
    return text if len(text) <= 60 else f'{text[:57]}...'


def _without_bullet(part: str) -> str:
    bullet = _BULLET.match(part)
    return part[bullet.end() :] if bullet else part


def _read_entity(entity: re.Match[str]) -> str:
    # Of unknown ones html.unescape would read the beginning: '&notes;' as '¬es;'.
    return unescape(entity[0]) if entity[1][0] == '#' or entity[1] in html5 else entity[0]


def _unquoted(found: re.Match[str]) -> str:
    sign, doubled, *others = found.groups()
    inside = next((text for text in others if text), '')
    return sign + (inside if doubled is None else doubled.replace('""', '"'))


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
