"""Check of one image with its panoptic PNG."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from seg.datasets.panoptic_png import read_panoptic_png

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
    segments: dict[int, tuple[int, bool]]


def check_sample(root: Path, sample: Sample, *, deep: bool) -> list[tuple[str, str]]:
    """What is wrong with the files of an image.

    A stuff segment may lack pixels, or have fewer than its area says: the released converters
    measure stuff first and draw things over it afterwards.

    Args:
        root: The data set's folder.
        sample: What to check.
        deep: Whether to decode the files, and to compare ids and areas.

    Returns:
        Kind and place of each problem.
    """
    problems = _check_image(root, sample.image, sample.size, 'image', deep)
    png_problems = _check_image(root, sample.png, sample.size, 'PNG', deep=False)
    if not png_problems:
        with Image.open(root / sample.png) as png:
            mode = png.mode
        if mode != 'RGB':
            png_problems.append(('wrong PNG', f'{sample.png}: its mode is {mode}, expected RGB'))
        elif _PNG_END not in _last_bytes(root / sample.png):
            png_problems.append(('damaged PNG', f'{sample.png}: ends too early'))
        elif deep:
            png_problems = _check_ids(root, sample)
    return problems + png_problems


def _check_image(
    root: Path, file: str, size: tuple[int, int], kind: str, deep: bool
) -> list[tuple[str, str]]:
    try:
        with Image.open(root / file) as image:
            found = image.size
            if deep:
                image.load()
    except FileNotFoundError:
        return [(f'missing {kind}', file)]
    except (OSError, SyntaxError, ValueError) as error:  # PIL's, for damaged files
        reason = str(error).replace(str(root / file), file)
        return [(f'damaged {kind}', f'{file}: {reason}')]
    if found != size:
        expected = f'{size[0]}x{size[1]}'
        return [(f'wrong {kind} size', f'{file}: {found[0]}x{found[1]}, expected {expected}')]
    return []


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


def _last_bytes(path: Path, count: int = 64) -> bytes:
    with path.open('rb') as file:
        file.seek(max(0, path.stat().st_size - count))
        return file.read()
