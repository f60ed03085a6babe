"""Names of the numbers or colours of label images, as people write them."""

import re
from pathlib import Path

from seg.datasets.own.files import read_text
from seg.text_classifier.class_list import classes_file, parse_classes, read_classes
from seg.text_classifier.words.lines import NO_CLASS

_RGB = r'(?P<r>\d+)[\s,]+(?P<g>\d+)[\s,]+(?P<b>\d+)'
_COLOR = re.compile(
    rf'\s*(?:#(?P<hex>[0-9a-fA-F]{{6}})|{_RGB})[\s,:]+(?P<name>(?!\d+[\s,])\S.*?)\s*'
)
#: As CVAT's ``labelmap.txt`` has it, ``sky:128,128,128::``, and many a ``class_dict.csv``.
_NAME_FIRST = re.compile(rf'\s*(?P<name>[^\s\d:][^:]*?)\s*[:,\t]\s*{_RGB}\s*(?::.*)?')
_NUMBER = re.compile(r'\s*(?P<number>\d+)(?:\s*[:：)）=]\s*|\.\s+|[\s,]+)(?P<name>\S.*?)\s*')
#: A number that is a synonym by itself, or two in a row: further columns of a table.
_NUMBERS = re.compile(r'[,，、/]\s*\d[\d.]*\s*(?:[,，、/]|$)|(?:^|\s)\d[\d.]*\s+\d[\d.]*(?:\s|$)')
_HEADING = re.compile(r'\W*(name|label|class)\W+r(ed)?\W+g(reen)?\W+b(lue)?\W*', re.IGNORECASE)


def read_label_names(source: str) -> tuple[dict[int, str], bool]:
    """What each number, or colour, of label images stands for.

    Args:
        source: A file, or a list between semicolons. Each line is ``0: sky,clouds`` (number and name with
            synonyms), ``128 128 128 sky``, ``#808080 sky`` or ``sky:128,128,128`` (a colour and its name),
            or a name alone, the first of which is number 0. ``invalid_class_id`` names none.

    Returns:
        Names by number, and whether the numbers are colours, ``R + 256 G + 256^2 B``.

    Raises:
        FileNotFoundError: If it looks like a path and there is no such file.
        ValueError: If lines are of different kinds, one number has two names, or a name has numbers beside it.
    """
    path = classes_file(source)
    lines = _lines(path) if path else [part.strip() for part in source.split(';')]
    lines = [line for line in lines if line and not _HEADING.fullmatch(line)]
    for pattern, is_color in ((_COLOR, True), (_NAME_FIRST, True), (_NUMBER, False)):
        matches = [pattern.fullmatch(line) for line in lines]
        found = [match for match in matches if match]
        if not found:
            continue
        if len(found) < len(lines):
            odd = lines[matches.index(None)]
            kind = 'a colour' if is_color else 'a number'
            raise ValueError(
                f'names: {lines[matches.index(found[0])]!r} has {kind}, {odd!r} has none'
            )
        names: dict[int, str] = {}
        for match in found:
            if match['name'] == NO_CLASS:
                continue
            number = _color(match) if is_color else int(match['number'])
            if number in names:
                raise ValueError(
                    f'names: {match[0].strip()!r} gives {names[number]!r} a second name'
                )
            names[number] = _words(match['name'], match[0].strip())
        return names, is_color
    return {i: _words(name, name) for i, name in enumerate(read_classes(source))}, False


def _words(text: str, line: str) -> str:
    """The one class that a text names; a table's numbers would become its synonyms."""
    if _NUMBERS.search(text):
        raise ValueError(
            f"names: {line!r} has numbers beside the name; expected '0: sky,clouds' (number: name,synonym) "
            "or '128 128 128 sky' (red green blue name)"
        )
    try:
        return one_class(text)
    except ValueError as error:
        raise ValueError(f'names: {line!r}: {error}') from None


def one_class(text: str) -> str:
    """The one class that a text names, with its synonyms.

    Raises:
        ValueError: If it names none, or several.
    """
    names = parse_classes(text)
    if len(names) != 1:
        raise ValueError(f'{text!r} names {len(names)} classes, expected one; commas part synonyms')
    return names[0]


def _color(match: re.Match[str]) -> int:
    hexadecimal = match.groupdict().get('hex')
    if hexadecimal:
        red, green, blue = bytes.fromhex(hexadecimal)
    else:
        red, green, blue = (int(match[channel]) for channel in 'rgb')
    if max(red, green, blue) > 255:
        raise ValueError(f'names: {match[0].strip()!r} has a colour above 255')
    return red + 256 * green + 256**2 * blue


def _lines(path: Path) -> list[str]:
    lines = (line.strip() for line in read_text(path).splitlines())
    return [line for line in lines if not re.match(r'#(?![0-9a-fA-F]{6}\b)|//', line)]
