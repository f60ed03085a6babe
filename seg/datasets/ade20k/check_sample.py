"""Check of one image with its panoptic PNG."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seg.panoptic.png import read_panoptic_png
from seg.runtime.image_files import (
    MAX_ASPECT_RATIO,
    ImageHeader,
    UnreadableImageError,
    last_bytes,
    read_image_header,
)

#: A PNG's last chunk; a file that ends before it is cut off.
_PNG_END = b'IEND\xaeB`\x82'


@dataclass(frozen=True)
class Sample:
    """What the annotation file says of an image.

    Attributes:
        image: File of the image, relative to the data set's folder.
        png: File of its panoptic PNG.
        size: (width, height).
        segments: Area of each segment id, and whether it is a thing.
    """

    image: str
    png: str
    size: tuple[int, int]
    segments: dict[int, tuple[float, bool]]


def check_sample(root: Path, sample: Sample, *, deep: bool) -> tuple[list[tuple[str, str]], bool]:
    """What is wrong with the files of an image.

    A stuff segment may lack pixels, or have fewer than its area says: the released converters
    measure stuff first and draw things over it afterwards.

    Args:
        root: The data set's folder.
        sample: What to check.
        deep: Whether to decode the files, and to compare ids and areas.

    Returns:
        Kind and place of each problem, and whether the image has a tag that asks to turn it.
    """
    header, problems = _check_header(root, sample.image, sample.size, 'image', deep)
    png_header, png_problems = _check_header(root, sample.png, sample.size, 'PNG', deep=False)
    if header is not None and max(header.size) > MAX_ASPECT_RATIO * min(header.size):
        place = f'{sample.image}: {_pixels(header.size)}, more than 1:{MAX_ASPECT_RATIO}'
        problems.append(('too narrow image', place))
    if png_header is not None and not png_problems:
        if png_header.mode != 'RGB':
            place = f'{sample.png}: its mode is {png_header.mode}, expected RGB'
            png_problems.append(('wrong PNG', place))
        elif _PNG_END not in last_bytes(root / sample.png):
            png_problems.append(('damaged PNG', f'{sample.png}: ends too early'))
        elif deep:
            png_problems = _check_ids(root, sample)
    return problems + png_problems, header is not None and header.is_turned


def _check_header(
    root: Path, file: str, size: tuple[int, int], kind: str, deep: bool
) -> tuple[ImageHeader | None, list[tuple[str, str]]]:
    try:
        header = read_image_header(root / file, decode=deep)
    except FileNotFoundError:
        return None, [(f'missing {kind}', file)]
    except UnreadableImageError as error:
        reason = str(error.__context__).replace(str(root / file), file)
        return None, [(f'damaged {kind}', f'{file}: {reason}')]
    if header.size != size:
        place = f'{file}: {_pixels(header.size)}, expected {_pixels(size)}'
        return header, [(f'wrong {kind} size', place)]
    return header, []


def _pixels(size: tuple[int, int]) -> str:
    return f'{size[0]}x{size[1]}'


def _check_ids(root: Path, sample: Sample) -> list[tuple[str, str]]:
    try:
        ids, areas = np.unique(read_panoptic_png(root / sample.png), return_counts=True)
    except ValueError as error:
        return [('damaged PNG', f'{sample.png}: {error.__context__ or error}')]
    found = dict(zip(ids.tolist(), areas.tolist(), strict=True))
    found.pop(0, None)  # void
    problems = [
        ('wrong id', f'{sample.png}: id {id} is not in segments_info ({area} pixels)')
        for id, area in found.items()
        if id not in sample.segments
    ]
    for id, (area, is_thing) in sample.segments.items():
        if is_thing and id not in found:
            problems.append(('wrong id', f'{sample.png}: thing {id} has no pixels'))
        elif is_thing and found[id] != area:
            problems.append(
                ('wrong area', f'{sample.png}: thing {id} has {found[id]} pixels, area {area}')
            )
    return problems
