"""Which pictures are for validation, where the source does not say."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from seg.datasets.own.source import Picture

#: Pictures of which only the last number in the name differs are of one group.
FRAMES = 'frames'


def with_splits(
    pictures: Sequence[Picture], share: float, seed: int, group: str | None
) -> tuple[list[Picture], list[str]]:
    """Pictures that have a split, 'train' or 'val'; those of a test split are left out.

    Where the source has both splits they stand, and a picture without one is to train on. Else whole
    groups are drawn until their pictures are the share.

    Args:
        pictures: At least one.
        share: Share of validation, between 0 and 1.
        seed: Other seeds draw others.
        group: ``'frames'``, or a regular expression; pictures for whose names its first group (or the whole
            match) is the same are not divided. None: each picture by itself.

    Returns:
        The pictures, and what is odd, a line each.

    Raises:
        ValueError: If a split would be without pictures, or the expression is none.
    """
    odd = []
    kept = [picture for picture in pictures if picture.split != 'test']
    if len(kept) < len(pictures):
        odd.append(f'{len(pictures) - len(kept)} pictures of a test split are left out')
    if not kept:
        raise ValueError('all pictures are of a test split; rename its folder to train or val')
    splits = Counter(picture.split for picture in kept)
    if splits.keys() >= {'train', 'val'}:
        if splits[None]:
            odd.append(f'{splits[None]} pictures are of no split, and are to train on')
        return [picture._replace(split=picture.split or 'train') for picture in kept], odd
    groups: dict[str, list[int]] = {}
    for index, picture in enumerate(kept):
        groups.setdefault(_group_of(picture.name, group), []).append(index)
    if len(groups) < 2:
        raise ValueError(
            f'{len(kept)} pictures are one group, which is not divided into training and validation; '
            'give more pictures, or another --group'
        )
    names = sorted(groups)
    random.Random(seed).shuffle(names)
    wanted = max(1, round(share * len(kept)))
    drawn: set[int] = set()
    for name in names[:-1]:  # one is left to train on
        if len(drawn) >= wanted:
            break
        drawn.update(groups[name])
    return [
        picture._replace(split='val' if index in drawn else 'train')
        for index, picture in enumerate(kept)
    ], odd


def _group_of(name: str, group: str | None) -> str:
    if group is None:
        return name
    stem = str(PurePosixPath(name).with_suffix(''))
    if group == FRAMES:
        return re.sub(r'\d+(?=\D*$)', '', stem)
    try:
        match = re.search(group, stem)
    except re.error as error:
        raise ValueError(f'--group {group!r} is no regular expression: {error}') from None
    if match is None:
        raise ValueError(f'--group {group!r} is not found in {stem!r}')
    return match[1] if match.re.groups else match[0]
