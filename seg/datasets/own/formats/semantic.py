"""A label image a picture: numbers, a palette or colours, and a list of what they stand for."""

from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from seg.datasets.own.names import read_label_names
from seg.datasets.own.pictures import PictureFinder, find_pictures
from seg.datasets.own.source import Mark, Marks, Picture, Settings, Source, SourceClass, split_of
from seg.panoptic.label_image import read_numbers
from seg.panoptic.png import decode

NAME = 'semantic'
#: Number that stands for void by custom, where no name has it.
_VOID = 255
_LOOKED_AT = 20


def detect(folder: Path) -> bool:
    """Whether a folder holds PNGs of one channel, or a palette, and no JSON, XML or text beside them."""
    others = any(next(folder.rglob(f'*.{kind}'), None) for kind in ('json', 'xml', 'yaml'))
    first = next(folder.rglob('*.png'), None)
    if others or first is None:
        return False
    try:
        with Image.open(first) as image:
            return image.mode in ('L', 'P', 'I', 'I;16', '1')
    except OSError:
        return False


def read(folder: Path, settings: Settings) -> Source:
    """Label images below ``folder``, pictures of the same names below ``settings.images``."""
    images = settings.images or _images_beside(folder)
    pictures = find_pictures(images)
    labels = {
        name: file
        for name, file in find_pictures(folder).items()
        if images == folder or not file.is_relative_to(images)
    }
    if not labels:
        raise ValueError(f'{folder} has no label images (PNG, TIFF or BMP)')
    if settings.names is None:
        raise ValueError(
            f'the label images of {folder} have {_numbers_in(list(labels.values()))}; say what they '
            "stand for with --names, a file of lines such as '0: sky' or '128 128 128 sky'"
        )
    names, is_color = read_label_names(settings.names)
    label_of = {number: index for index, number in enumerate(names)}
    colors = [_rgb(number) if is_color else None for number in names]
    classes = tuple(
        SourceClass(words.split(',')[0], words, None, color)
        for words, color in zip(names.values(), colors, strict=True)
    )
    finder = PictureFinder(pictures)
    found, odd = [], []
    for name, file in labels.items():
        key = finder.find(name) or finder.find(_without_label_suffix(name))
        if key is None:
            odd.append(f'{file}: no picture of this name below {images}')
            continue
        inside = pictures[key].relative_to(images)
        found.append(
            Picture(str(inside), pictures[key], split_of(inside) or split_of(Path(name)), file)
        )
    of_label = {picture.name for picture in found}
    bare = [f for f in pictures.values() if str(f.relative_to(images)) not in of_label]
    odd += [f'{file}: no label image of this name below {folder}' for file in bare]
    return Source(
        NAME, classes, tuple(found), partial(_marks, label_of, is_color, _VOID in names), tuple(odd)
    )


def _marks(
    label_of: dict[int, int],
    is_color: bool,
    void_is_named: bool,
    picture: Picture,
    size: tuple[int, int],
) -> Marks:
    numbers = _read_colors(picture.record) if is_color else read_numbers(picture.record)
    if numbers.shape != size:
        raise ValueError(
            f'{picture.record} is {numbers.shape[1]} x {numbers.shape[0]}, its picture '
            f'{size[1]} x {size[0]}'
        )
    marks, strange = [], []
    for number in np.unique(numbers).tolist():
        label = label_of.get(number)
        if label is not None:
            marks.append(Mark(label, numbers == number, is_semantic=True))
        elif is_color and number != 0:
            strange.append(f'colour {_hex(number)}')
        elif not is_color and (number != _VOID or void_is_named):
            strange.append(f'number {number}')
    odd = [f'{", ".join(strange[:5])} without a name, void now'] if strange else []
    return Marks(marks, odd)


def _read_colors(file: Path) -> np.ndarray:
    try:
        with Image.open(file) as image:
            return decode(np.asarray(image.convert('RGB')))
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f'label image {file} cannot be read: {error}') from None


def _rgb(number: int) -> tuple[int, int, int]:
    return number & 255, number >> 8 & 255, number >> 16


def _hex(number: int) -> str:
    return '#{:02x}{:02x}{:02x}'.format(*_rgb(number))


def _images_beside(folder: Path) -> Path:
    """``images`` in the folder or beside it."""
    for place in (folder / 'images', folder.parent / 'images'):
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f'there is no folder "images" in {folder} nor beside it; name that of the pictures with --images'
    )


def _without_label_suffix(name: str) -> str:
    """Names such as ``0001_labelIds`` or CamVid's ``0001_L`` are of the picture ``0001``."""
    for ending in (
        '_labelIds',
        '_labelTrainIds',
        '_label',
        '_labels',
        '_mask',
        '_seg',
        '_gt',
        '_L',
    ):
        if name.endswith(ending):
            return name[: -len(ending)]
    return name


def _numbers_in(files: list[Path]) -> str:
    """What the first files hold, in words."""
    found: set[int] = set()
    for file in files[:_LOOKED_AT]:
        with Image.open(file) as image:
            if image.mode in ('RGB', 'RGBA'):
                numbers = np.unique(decode(np.asarray(image.convert('RGB')))).tolist()
                return f'colours ({", ".join(map(_hex, numbers[:5]))}, ...)'
        found |= set(np.unique(read_numbers(file)).tolist())
    shown = ', '.join(map(str, sorted(found)[:40]))
    return f'the numbers {shown}'
