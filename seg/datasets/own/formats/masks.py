"""A mask a file: ``masks/PICTURE/CLASS.png`` or ``masks/CLASS/PICTURE.png``, with a number for objects."""

import re
from collections.abc import Callable, Container
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from seg.datasets.own.files import files_below
from seg.datasets.own.pictures import find_pictures
from seg.datasets.own.source import (
    ClassNames,
    Mark,
    Marks,
    Picture,
    Settings,
    Source,
    SourceClass,
    says_nothing,
    split_of,
)
from seg.panoptic.picture import IMAGE_SUFFIXES

NAME = 'masks'
_SUFFIXES = frozenset(('.png', '.bmp', '.tif', '.tiff', '.gif'))
_JPEG = frozenset(('.jpg', '.jpeg'))
_NUMBERED = re.compile(r'(.+?)[_-](\d+)')
_LOOKED_AT = 200
_GREY = ('1', 'L', 'I', 'I;16', 'I;16B', 'F')  # PIL would cut what is above 255


class _Mask(NamedTuple):
    """What a file's name says: its picture, its class, and whether it is one object, which has a number."""

    picture: str
    name: str
    is_object: bool


#: Reads the name of a file, given its folders and stem, and the known pictures.
_Reader = Callable[[tuple[str, ...], Container[str]], _Mask | None]


def detect(source: Path) -> bool:
    """Whether it holds ``images``, and ``masks`` with folders named for pictures or for classes."""
    folder, images = source / 'masks', source / 'images'
    if not folder.is_dir() or not images.is_dir():
        return False
    files = list(islice(files_below(folder, _SUFFIXES), _LOOKED_AT))
    known = files_below(images, IMAGE_SUFFIXES)
    pictures = {str(own.relative_to(images).with_suffix('')) for own in known}
    return _reader(folder, files, pictures) is not None


def read(source: Path, settings: Settings) -> Source:
    """The files in ``masks``, and pictures of their names in ``settings.images`` or ``images``.

    Raises:
        FileNotFoundError: If the folder of the pictures does not exist.
        ValueError: If two pictures differ in the suffix alone, or the files' names fit neither layout.
    """
    folder, images = source / 'masks', settings.images or source / 'images'
    pictures = find_pictures(images)
    files = list(files_below(folder, _SUFFIXES))
    reader = _reader(folder, files, pictures)
    if reader is None:
        raise ValueError(
            f'{folder} has neither masks/PICTURE/CLASS.png nor masks/CLASS/PICTURE.png of the pictures '
            f'in {images}'
        )
    names = ClassNames()
    masks: dict[str, list[tuple[int, bool, Path]]] = {}
    odd: list[str] = []
    for file in files:
        inside = file.relative_to(folder).with_suffix('')
        mask = reader(inside.parts, pictures)
        try:
            if mask is None:
                raise ValueError(f'no picture of this name below {images}')
            entry = names.index(mask.name), mask.is_object, file
            masks.setdefault(mask.picture, []).append(entry)
        except ValueError as error:
            odd.append(f'{inside}: left out: {error}')
    blurred = sum(1 for _ in files_below(folder, _JPEG))
    if blurred:
        odd.append(f'{blurred} masks are left out: a JPEG blurs what is marked; save them as PNG')
    odd += [f'{name}: a picture without a mask' for name in pictures if name not in masks]
    found = []
    for key, record in masks.items():
        name = pictures[key].relative_to(images)
        found.append(Picture(name.as_posix(), pictures[key], split_of(name), record))
    classes = tuple(SourceClass(name, name) for name in names.names)
    return Source(NAME, classes, tuple(found), _marks, tuple(odd))


def _marks(picture: Picture, size: tuple[int, int]) -> Marks:
    marks, odd = [], []
    has_objects = {label for label, is_object, _ in picture.record if is_object}
    for label, _, file in picture.record:
        name = f'{file.parent.name}/{file.name}'
        try:
            mask = _read(file)
            if mask.shape not in (size, size[::-1]):  # nothing else is lost by it
                raise ValueError(f'it is {mask.shape[1]} x {mask.shape[0]}')
        except (OSError, SyntaxError, ValueError) as error:
            reason = 'no picture' if isinstance(error, UnidentifiedImageError) else error
            odd.append(f'{name} left out: {reason}')
            continue
        if mask.any():
            marks.append(Mark(label, mask, is_semantic=label not in has_objects))
        else:
            odd.append(f'{name} marks no pixel')
    return Marks(marks, odd)


def _read(file: Path) -> np.ndarray:
    """bool [H, W], true where a pixel is not 0, or black, and not transparent."""
    with Image.open(file) as image:
        has_alpha = 'A' in image.getbands() or 'transparency' in image.info
        if image.mode in _GREY and not has_alpha:
            return np.asarray(image) != 0
        pixels = np.asarray(image.convert('RGBA'))  # of a palette the colour counts, not the number
    return np.any(pixels[..., :3], axis=2) & (pixels[..., 3] > 0)


def _reader(folder: Path, files: list[Path], pictures: Container[str]) -> _Reader | None:
    """The reading of the names by which most files have a picture; None if none has."""
    names = [file.relative_to(folder).with_suffix('').parts for file in files]
    if any('/'.join(own) in pictures for own in names):
        return None  # a label image a picture
    readings: dict[_Reader, int] = {}
    for reader in (_picture_first, partial(_class_first, 0), partial(_class_first, -2)):
        found = [mask for mask in (reader(own, pictures) for own in names) if mask]
        if not all(says_nothing(mask.name) for mask in found):
            readings[reader] = len(found)
    return max(readings, key=lambda own: readings[own], default=None)


def _picture_first(parts: tuple[str, ...], pictures: Container[str]) -> _Mask | None:
    picture = '/'.join(parts[:-1])
    if picture not in pictures:
        return None
    match = _NUMBERED.fullmatch(parts[-1])
    return _Mask(picture, match[1] if match else parts[-1], bool(match))


def _class_first(place: int, parts: tuple[str, ...], pictures: Container[str]) -> _Mask | None:
    """With the class at a place of the path."""
    if len(parts) < 2:
        return None
    others = list(parts)
    name = others.pop(place)
    picture = PurePosixPath(*others)
    match = _NUMBERED.fullmatch(picture.name)
    for own, is_object in (
        (str(picture), False),
        (str(picture.with_name(match[1])) if match else '', True),
    ):
        if own in pictures:
            return _Mask(own, name, is_object)
    return None
