"""Names of the numbers or colours of label images, as people write them."""

import re
from pathlib import Path

from seg.text_classifier.class_list import class_names, read_classes

#: An RGB colour of a label image as one number, as :mod:`seg.panoptic.png` has it.
_COLOR = re.compile(r'\s*(?:#([0-9a-fA-F]{6})|(\d+)[\s,]+(\d+)[\s,]+(\d+))[\s,:]+(\S.*?)\s*')
_NUMBER = re.compile(r'\s*(\d+)(?:\s*[:：)）=]\s*|\.\s+|[\s,]+)(\S.*?)\s*')


def read_label_names(source: str) -> tuple[dict[int, str], bool]:
    """What each number, or colour, of label images stands for.

    Args:
        source: A file, or a list between semicolons. Each line is ``0: sky,clouds`` (number and name with
            synonyms), ``128 128 128 sky`` or ``#808080 sky`` (a colour and its name), or a name alone,
            the first of which is number 0.

    Returns:
        Names by number, and whether the numbers are colours, ``R + 256 G + 256^2 B``.

    Raises:
        FileNotFoundError: If it looks like a path and there is no such file.
        ValueError: If lines are of different kinds, or one number has two names.
    """
    path = Path(source).expanduser()
    lines = _lines(path) if _is_file(path) else [part.strip() for part in source.split(';')]
    lines = [line for line in lines if line]
    for pattern, is_color in ((_COLOR, True), (_NUMBER, False)):
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
            number = _color(match) if is_color else int(match[1])
            if number in names:
                raise ValueError(
                    f'names: {match[0].strip()!r} gives {names[number]!r} a second name'
                )
            names[number] = class_names(match.groups()[-1])[0]
        return names, is_color
    return dict(enumerate(read_classes(source))), False


def _color(match: re.Match[str]) -> int:
    if match[1]:
        red, green, blue = bytes.fromhex(match[1])
    else:
        red, green, blue = (int(match[i]) for i in (2, 3, 4))
    if max(red, green, blue) > 255:
        raise ValueError(f'names: {match[0].strip()!r} has a colour above 255')
    return red + 256 * green + 256**2 * blue


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a long list is no valid path
        return False


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError:
        raise ValueError(f'{path} is no UTF-8 text') from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if not re.match(r'#(?![0-9a-fA-F]{6}\b)|//', line)]
