"""A label image a picture: numbers, a palette or colours, and a list of what they stand for."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from seg.datasets.own.files import files_below
from seg.datasets.own.formats import cityscapes, masks, voc
from seg.datasets.own.names import read_label_names
from seg.datasets.own.pictures import PictureFinder, by_stem, picture_files
from seg.datasets.own.source import (
    Mark,
    Marks,
    Picture,
    Settings,
    Source,
    SourceClass,
    short_names,
    split_of,
)
from seg.panoptic.label_image import hexadecimal, read_colors, read_numbers, rgb

NAME = 'semantic'
#: Number that stands for void by custom, where no name has it.
_VOID = 255
_LOOKED_AT = 20
_SUFFIXES = frozenset(('.png', '.tif', '.tiff', '.bmp'))
#: Of files that other formats have.
_OTHERS = frozenset(('.json', '.xml', '.yaml', '.yml'))


def detect(folder: Path) -> bool:
    """Whether a folder holds label images, and nothing that is of another format.

    These are PNGs, TIFFs or BMPs of one channel, or a palette, or any in a folder beside ``images``.
    """
    if not folder.is_dir() or any(own.detect(folder) for own in (cityscapes, masks, voc)):
        return False
    if next(files_below(folder, _OTHERS), None) is not None:
        return False
    images = _images_beside(folder)
    labels = (
        file
        for file in files_below(folder, _SUFFIXES)
        if images is None or not file.is_relative_to(images)
    )
    first = next(labels, None)
    if first is None or (images is not None and images.parent == folder):
        return first is not None
    try:
        with Image.open(first) as image:
            return image.mode in ('L', 'P', 'I', 'I;16', '1')
    except OSError:
        return False


def read(folder: Path, settings: Settings) -> Source:
    """Label images below ``folder``, pictures of the same names below ``settings.images``.

    Raises:
        FileNotFoundError: If the folder of the pictures, or a file of names, does not exist.
        ValueError: If there are no label images or no names, the names cannot be read, or two pictures or
            two label images differ in the suffix alone.
    """
    images = settings.images or _images_beside(folder)
    if images is None:
        raise FileNotFoundError(
            f'there is no folder "images" in {folder} nor beside it; name that of the pictures with '
            '--images'
        )
    pictures = picture_files(images)
    labels = by_stem(
        folder,
        (
            file
            for file in files_below(folder, _SUFFIXES)
            if not file.is_relative_to(images)
            or (images == folder and file.stem != _without_label_suffix(file.stem))
        ),
    )
    if not labels:
        raise ValueError(f'{folder} has no label images (PNG, TIFF or BMP)')
    if settings.names is None:
        raise ValueError(
            f'the label images of {folder} have {_numbers_in(list(labels.values()))}; say what they '
            "stand for with --names, a file of lines such as '0: sky' or '128 128 128 sky'"
        )
    names, is_color = read_label_names(settings.names)
    label_of = {number: index for index, number in enumerate(names)}
    colors = [rgb(number) if is_color else None for number in names]
    classes = tuple(
        SourceClass(name, words, None, color)
        for name, words, color in zip(
            short_names(list(names.values())), names.values(), colors, strict=True
        )
    )
    label_files = set(labels.values())
    pictures = [file for file in pictures if file not in label_files]
    by_stem(images, pictures)  # else a label image would be of two
    finder = PictureFinder(images, pictures)
    found: dict[Path, Picture] = {}
    odd: list[str] = []
    for name, file in labels.items():
        picture = finder.find(name) or finder.find(_without_label_suffix(name))
        if picture is None:
            odd.append(f'{name}: {finder.absence(name)}')
        elif picture in found:
            odd.append(f'{name}: left out: of the same picture as {found[picture].record}')
        else:
            inside = picture.relative_to(images)
            split = split_of(inside) or split_of(Path(name))
            found[picture] = Picture(inside.as_posix(), picture, split, file)
    odd += [
        f'{file.relative_to(images).with_suffix("")}: a picture without a label image'
        for file in pictures
        if file not in found
    ]
    marks = partial(_marks, label_of, is_color, _VOID in names)
    return Source(NAME, classes, tuple(found.values()), marks, tuple(odd))


def _marks(
    label_of: dict[int, int],
    is_color: bool,
    void_is_named: bool,
    picture: Picture,
    _size: tuple[int, int],
) -> Marks:
    numbers = read_colors(picture.record) if is_color else read_numbers(picture.record)
    marks, strange = [], []
    for number in np.unique(numbers).tolist():
        label = label_of.get(number)
        if label is not None:
            marks.append(Mark(label, numbers == number, is_semantic=True))
        elif is_color and number != 0:
            strange.append(f'colour {hexadecimal(number)}')
        elif not is_color and (number != _VOID or void_is_named):
            strange.append(f'number {number}')
    odd = [f'{", ".join(strange[:5])} without a name, void now'] if strange else []
    return Marks(marks, odd)


def _images_beside(folder: Path) -> Path | None:
    """``images`` in the folder or beside it; None if there is none."""
    places = (folder / 'images', folder.parent / 'images')
    return next((place for place in places if place.is_dir()), None)


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
        with suppress(ValueError, OSError):
            with Image.open(file) as image:
                is_color = image.mode in ('RGB', 'RGBA')
            if is_color:
                numbers = np.unique(read_colors(file)).tolist()
                return f'colours ({", ".join(map(hexadecimal, numbers[:5]))}, ...)'
            found |= set(np.unique(read_numbers(file)).tolist())
    shown = ', '.join(map(str, sorted(found)[:40]))
    return f'the numbers {shown}'
