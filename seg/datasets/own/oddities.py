"""What is odd about a source, in few lines."""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r'\S*/\S*|\d+')


def summary(odd: Sequence[str], most: int) -> list[str]:
    """Lines that differ in the picture, in paths and in numbers alone are one, the commonest kind first.

    Args:
        odd: A line each, ``picture: what``, or of the source as a whole.
        most: Lines at most; one more says how many kinds are left.
    """
    kinds: dict[str, list[str]] = {}
    for line in odd:
        _, colon, what = line.partition(': ')
        kinds.setdefault(_NUMBER.sub('0', what) if colon else line, []).append(line)
    ordered = sorted(kinds.values(), key=lambda lines: -len(lines))
    shown = [
        lines[0] if len(lines) == 1 else f'{lines[0]} (and {len(lines) - 1:,} like it)'
        for lines in ordered[:most]
    ]
    if len(ordered) > most:
        left = ordered[most:]
        shown.append(f'{len(left):,} more kinds, {sum(map(len, left)):,} lines')
    return shown
