"""Which pictures are for validation, where the source does not say."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from seg.datasets.own.source import Picture

#: Pictures of which only the last number in the name differs are of one group.
FRAMES = 'frames'


class Divided(NamedTuple):
    """Pictures that have a split, 'train' or 'val'.

    Attributes:
        pictures: The pictures.
        drawn: How many were drawn for validation; 0 where the splits of the source stand.
        odd: What is odd, a line each.
    """

    pictures: tuple[Picture, ...]
    drawn: int
    odd: tuple[str, ...]


def with_splits(pictures: Sequence[Picture], share: float, seed: int, group: str | None) -> Divided:
    """Divide pictures into training and validation; those of a test split are left out.

    Where the source has validation, its splits stand, and a picture without one is to train on. Else, or
    where nothing were left to train on, whole groups are drawn until their pictures are the share.

    Args:
        pictures: At least one.
        share: Share of validation, between 0 and 1.
        seed: Other seeds draw others.
        group: ``'frames'``, or a regular expression; pictures for whose names its first group (or the whole
            match) is the same are not divided. None: each picture by itself.

    Raises:
        ValueError: If a split would be without pictures, or the expression is not found in a name.
    """
    odd = []
    kept = [picture for picture in pictures if picture.split != 'test']
    if len(kept) < len(pictures):
        odd.append(f'{len(pictures) - len(kept)} pictures of a test split are left out')
    if not kept:
        raise ValueError('all pictures are of a test split; rename its folder to train or val')
    splits = Counter(picture.split for picture in kept)
    drawn: set[int] = set()
    if splits['val'] and splits['val'] < len(kept):
        if splits[None]:
            odd.append(f'{splits[None]} pictures are of no split, and are to train on')
        divided = [picture._replace(split=picture.split or 'train') for picture in kept]
    else:
        drawn = _draw([_group_of(picture.name, group) for picture in kept], share, seed)
        divided = [
            picture._replace(split='val' if index in drawn else 'train')
            for index, picture in enumerate(kept)
        ]
    return Divided(tuple(divided), len(drawn), tuple(odd))


def _draw(group_of: Sequence[str], share: float, seed: int) -> set[int]:
    """Indices of the pictures for validation, given the group of each picture."""
    groups: dict[str, list[int]] = {}
    for index, group in enumerate(group_of):
        groups.setdefault(group, []).append(index)
    if len(groups) < 2:
        raise ValueError(
            f'{len(group_of)} pictures are one group, which is not divided into training and validation; '
            'give more pictures, or another --group'
        )
    names = sorted(groups)
    random.Random(seed).shuffle(names)
    wanted = max(1, round(share * len(group_of)))
    drawn: set[int] = set()
    for name in names[:-1]:  # one is left to train on
        if len(drawn) >= wanted:
            break
        drawn.update(groups[name])
    return drawn


def _group_of(name: str, group: str | None) -> str:
    if group is None:
        return name
    stem = str(PurePosixPath(name).with_suffix(''))
    if group == FRAMES:
        return re.sub(r'\d+(?=\D*$)', '', stem)
    match = re.search(group, stem)
    if match is None:
        raise ValueError(f'--group {group!r} is not found in {stem!r}')
    return match[1] if match.re.groups else match[0]
