"""Pascal VOC's own layout: ``JPEGImages``, ``SegmentationClass`` and ``SegmentationObject``."""

import re
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ext.class_names import pascal_voc_20
from seg.datasets.own.files import files_below, read_text
from seg.datasets.own.names import read_label_names
from seg.datasets.own.pictures import find_pictures
from seg.datasets.own.source import (
    Mark,
    Marks,
    Picture,
    Settings,
    Source,
    SourceClass,
    short_names,
    split_named,
    split_of,
)
from seg.panoptic.label_image import hexadecimal, read_colors, read_numbers, rgb
from seg.runtime.image_files import read_image_header
from seg.text_classifier.candidates import split_candidates

NAME = 'voc'
_CLASSES, _OBJECTS = 'SegmentationClass', 'SegmentationObject'
_BACKGROUND = frozenset(('background', 'void', 'unlabeled', 'unlabelled', 'ignore'))
_VOID = 255
_NAME_FILES = ('labelmap.txt', 'class_names.txt')
_YEAR = re.compile(r'VOC\d{4}')
_VOID_COLOR = 224 + 256 * 224 + 256**2 * 192  # of index 255 in VOC's palette
_CODES = 1 << 24


class _Files(NamedTuple):
    """The label images of a picture; ``objects`` is None where there is none."""

    classes: Path
    objects: Path | None


class _Labels(NamedTuple):
    """What label images hold.

    Attributes:
        classes: The classes.
        index_of: Index of a class by its number or colour.
        is_color: Whether it is a colour.
        with_objects: Indices of the classes that have objects; empty where it is not known.
        is_assumed: Whether they are VOC's own because nothing says what they are.
    """

    classes: tuple[SourceClass, ...]
    index_of: dict[int, int]
    is_color: bool
    with_objects: frozenset[int] = frozenset()
    is_assumed: bool = False


def detect(source: Path) -> bool:
    """Whether it has ``SegmentationClass``, or the folder of a year of VOC in it has."""
    return bool(_roots(source))


def read(source: Path, settings: Settings) -> Source:
    """Label images, pictures in ``settings.images`` or ``JPEGImages``, and lists in ``ImageSets``.

    Raises:
        FileNotFoundError: If the folder of the pictures, or a file of names, does not exist.
        ValueError: If there is not one folder with label images, two pictures or two label images differ
            in the suffix alone, or the names cannot be read.
    """
    roots = _roots(source)
    if len(roots) != 1:
        found = ', '.join(map(str, roots)) or 'none'
        raise ValueError(f'{source} needs one folder with {_CLASSES}; there is {found}')
    (root,) = roots
    images = settings.images or root / 'JPEGImages'
    pictures = find_pictures(images)
    odd: list[str] = []
    splits = _listed(root / 'ImageSets/Segmentation', odd)
    is_complete = bool(splits) and not odd
    label_images = find_pictures(root / _CLASSES)
    objects = find_pictures(root / _OBJECTS) if (root / _OBJECTS).is_dir() else {}
    own = []
    for name, file in label_images.items():
        if is_complete and name not in splits:
            odd.append(f'{name}: left out: in no list of ImageSets/Segmentation')
        elif name not in pictures:
            odd.append(f'{name}: left out: no picture of this name below {images}')
        else:
            inside = pictures[name].relative_to(images)
            split = splits.get(name) or split_of(inside)
            record = _Files(file, objects.get(name))
            own.append(Picture(inside.as_posix(), pictures[name], split, record))
    odd += [
        f'{name}: listed, and has no label image' for name in splits if name not in label_images
    ]
    labels = _labels(root, settings.names)
    if labels.is_assumed and not _YEAR.fullmatch(root.resolve().name):
        odd.append(
            f"the numbers count as VOC's own 20 classes; --names or a {_NAME_FILES[0]} says otherwise"
        )
    if objects:
        with_objects = labels.with_objects or _with_objects(labels, own)
        classes = tuple(
            kind._replace(is_thing=index in with_objects)
            for index, kind in enumerate(labels.classes)
        )
        labels = labels._replace(classes=classes, with_objects=with_objects)
        odd += [f'{p.name}: no objects in {_OBJECTS}' for p in own if p.record.objects is None]
    return Source(NAME, labels.classes, tuple(own), partial(_marks, labels), tuple(odd))


def _roots(source: Path) -> list[Path]:
    """The folders with label images: the source, or those of years in it, as VOC's archives have them."""
    if (source / _CLASSES).is_dir():
        return [source]
    years = (*source.glob('VOC*'), *source.glob('VOCdevkit/VOC*'))
    return sorted(year for year in years if (year / _CLASSES).is_dir())


def _listed(folder: Path, odd: list[str]) -> dict[str, str | None]:
    """Split of each picture in the lists of a folder; None of those in lists of no split."""
    splits: dict[str, str | None] = {}
    for file in files_below(folder, {'.txt'}):
        split = split_named(file.stem)
        try:
            names = [line.strip() for line in read_text(file).splitlines()]
        except ValueError as error:
            odd.append(f'{file.name}: {error}')
            continue
        for name in filter(None, names):
            if splits.get(name) is not None and split not in (None, splits[name]):
                odd.append(f'{name}: in the lists of {splits[name]} and {split}, the first counts')
            splits[name] = splits.get(name) or split
    return splits


def _labels(root: Path, names: str | None) -> _Labels:
    """As ``--names``, CVAT's ``labelmap.txt`` or labelme's ``class_names.txt`` says, else VOC's own."""
    files = (root / name for name in _NAME_FILES)
    label_map = next((file for file in files if file.is_file()), None)
    if names is None and label_map is None:
        classes = tuple(SourceClass(w.split(',')[0], w) for w in pascal_voc_20.STUFF)
        every = range(len(classes))
        index_of = {index + 1: index for index in every}
        return _Labels(classes, index_of, False, frozenset(every), is_assumed=True)
    words, is_color = read_label_names(names or str(label_map))
    if 0 in words and _BACKGROUND.isdisjoint(split_candidates(words.pop(0))):
        raise ValueError(
            f'in label images of VOC {"black" if is_color else "number 0"} is the background, which is '
            'void; name it so, and the classes after it'
        )
    words.pop(_VOID_COLOR if is_color else _VOID, None)
    classes = tuple(
        SourceClass(name, own, None, rgb(number) if is_color else None)
        for name, (number, own) in zip(
            short_names(list(words.values())), words.items(), strict=True
        )
    )
    return _Labels(classes, {number: index for index, number in enumerate(words)}, is_color)


def _with_objects(labels: _Labels, pictures: list[Picture]) -> frozenset[int]:
    """Indices of the classes that have an object in a picture."""
    found: set[int] = set()
    for picture in pictures:
        if len(found) == len(labels.classes):
            break
        with suppress(ValueError, OSError):  # said where the marks are read
            codes = _codes(picture.record, labels.is_color)
            numbers, objects = np.divmod(np.unique(codes), _CODES)
            found |= {labels.index_of.get(n, -1) for n in numbers[objects > 0].tolist()} - {-1}
    return frozenset(found)


def _codes(files: _Files, is_color: bool) -> np.ndarray:
    """``_CODES`` x number of the class + number of the object, 0 for none, of each pixel."""
    if not is_color and _has_colors(files.classes):
        raise ValueError(f'{files.classes} has colours; say of what with --names or a labelmap.txt')
    numbers = read_colors(files.classes) if is_color else read_numbers(files.classes)
    codes = numbers.astype(np.int64) * _CODES
    if files.objects is None:
        return codes
    is_rgb = _has_colors(files.objects)
    objects = read_colors(files.objects) if is_rgb else read_numbers(files.objects)
    if objects.shape != codes.shape:
        raise ValueError(f'{files.objects} and {files.classes} are of different sizes')
    void = _VOID_COLOR if is_rgb else _VOID
    return codes + np.where(objects == void, 0, objects)


def _has_colors(file: Path) -> bool:
    return read_image_header(file).mode.startswith('RGB')


def _marks(labels: _Labels, picture: Picture, _size: tuple[int, int]) -> Marks:
    codes = _codes(picture.record, labels.is_color)
    marks, strange, of_object = [], set(), Counter[int]()
    for code in np.unique(codes).tolist():
        number, own = divmod(code, _CODES)
        index = labels.index_of.get(number)
        if index is None:
            if number not in (0, _VOID_COLOR if labels.is_color else _VOID):
                strange.add(hexadecimal(number) if labels.is_color else number)
            continue
        of_object[own] += own > 0
        is_group = not own and index in labels.with_objects and picture.record.objects is not None
        marks.append(Mark(index, codes == code, is_group, not own and not is_group))
    kind = 'colours' if labels.is_color else 'numbers'
    odd = (
        [f'{kind} {", ".join(map(str, sorted(strange)))} without a name, void now']
        if strange
        else []
    )
    several = sum(count > 1 for count in of_object.values())
    odd += [f'{several} objects are of several classes, and one in each now'] if several else []
    return Marks(marks, odd)
