"""Ultralytics' YOLO segmentation: ``data.yaml``, and a text file of polygons a picture."""

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from seg.datasets.own.files import read_text
from seg.datasets.own.pictures import find_pictures
from seg.datasets.own.polygons import polygons_mask
from seg.datasets.own.source import (
    ClassNames,
    Mark,
    Marks,
    Picture,
    Settings,
    Source,
    SourceClass,
)
from seg.panoptic.picture import IMAGE_SUFFIXES

NAME = 'yolo'
#: Keys of the pictures, and the split that they are of.
_SPLITS = {'train': 'train', 'val': 'val', 'validation': 'val', 'test': 'test'}
_KEY = re.compile(rb'^(\w+)[ \t]*:', re.MULTILINE)
_BOX = 5  # values in the line of a box: class, centre, width and height
_FAR = 2  # of the picture's size; values beyond are pixels


def detect(source: Path) -> bool:
    """Whether it is, or holds at its top, a YAML file with ``names`` and a split."""
    return bool(_descriptions(source))


def read(source: Path, settings: Settings) -> Source:
    """The pictures of each split that ``data.yaml`` lists; their labels are in ``labels`` for ``images``.

    Raises:
        FileNotFoundError: If a folder of pictures does not exist.
        ValueError: If there is not one such file, it is damaged or of key points, or two pictures differ in
            the suffix alone.
    """
    files = _descriptions(source)
    if len(files) != 1:
        found = ', '.join(file.name for file in files) or 'none'
        raise ValueError(
            f'{source} needs one data.yaml with names and train, such as "{{names: [car, person], '
            f'train: images}}"; there is {found}'
        )
    file = files[0].absolute()
    if settings.images is not None:
        raise ValueError(f'{file} says where the pictures are; leave --images out')
    content = _content(file)
    if content.get('kpt_shape'):
        raise ValueError(f'{file} is of key points (kpt_shape), which have no area')
    names = ClassNames()
    label_of = {number: names.index(name, file) for number, name in _names(content['names'], file)}
    bases = (file.parent / str(content.get('path') or ''), file.parent)
    odd: list[str] = []
    split_of_picture: dict[Path, str] = {}
    for key, split in _SPLITS.items():
        again = 0
        for picture in _listed(key, content.get(key), bases, odd):
            again += split_of_picture.setdefault(picture, split) != split
        if again:
            odd.append(
                f'{key}: {again} pictures are of an earlier split too, and count there alone'
            )
    root = _common_folder([file, *split_of_picture])
    by_label: dict[Path, Picture] = {}
    for picture, split in split_of_picture.items():
        name, label = picture.relative_to(root).as_posix(), _label_file(picture)
        if not label.is_file():
            odd.append(f'{name}: left out: no label file {label}')
        elif label in by_label:
            odd.append(f'{name}: left out: its label file is that of {by_label[label].name}')
        else:
            # Ultralytics, as tools do that show a picture, turns it as its EXIF tag says.
            by_label[label] = Picture(name, picture, split, label, is_upright=True)
    classes = tuple(SourceClass(name, name, True) for name in names.names)
    return Source(NAME, classes, tuple(by_label.values()), partial(_marks, label_of), tuple(odd))


def _descriptions(source: Path) -> list[Path]:
    """The YAML files with ``names`` and a split."""
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    found = []
    for file in files:
        if file.suffix.lower() not in ('.yaml', '.yml') or not file.is_file():
            continue
        try:
            keys = set(_content(file))
        except ValueError:  # said when it is read
            keys = {match.decode() for match in _KEY.findall(file.read_bytes())}
        if 'names' in keys and not keys.isdisjoint(_SPLITS):
            found.append(file)
    return found


class _Loader(yaml.SafeLoader):
    """Refuses a key that is there twice, of which PyYAML takes the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f'the key {key} is there twice')
        return super().construct_mapping(node, deep)


def _content(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(read_text(file), _Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f'{file} is no whole YAML file: {" ".join(str(error).split())}') from None
    return content if isinstance(content, dict) else {}


def _names(names: Any, file: Path) -> list[tuple[int, str]]:
    """Number and name of each class."""
    try:
        if isinstance(names, str):
            raise ValueError
        pairs = names.items() if isinstance(names, dict) else enumerate(names or ())
        return [(int(number), str(name)) for number, name in pairs]
    except (TypeError, ValueError):
        raise ValueError(f'{file}: names is {str(names)[:60]}, expected a list of names') from None


def _listed(key: str, value: Any, bases: tuple[Path, ...], odd: list[str]) -> Iterator[Path]:
    """The pictures of a split: those in a folder or several, or in lists that are text files."""
    for entry in value if isinstance(value, list) else [value] if value else []:
        place = _place(str(entry), bases)
        if place is None:
            odd.append(f'{key}: {entry} does not exist below {bases[-1]}')
        elif place.is_dir():
            yield from find_pictures(place).values()
        elif place.suffix.lower() in IMAGE_SUFFIXES:
            yield place
        else:
            try:
                lines = read_text(place).splitlines()
            except ValueError as error:
                odd.append(f'{key}: {error}')
                continue
            for line in filter(None, map(str.strip, lines)):
                picture = _place(line, (place.parent, *bases))
                if picture is None:
                    odd.append(f'{place.name}: no picture {line}')
                else:
                    yield picture


def _place(entry: str, bases: tuple[Path, ...]) -> Path | None:
    """What an entry names, where its first folders may be those of another machine; None if nothing."""
    parts = Path(entry.replace('\\', '/')).parts
    for start in range(max(1, len(parts))):
        for base in bases:
            place = Path(os.path.normpath(base.joinpath(*parts[start:])))
            if place.exists():
                return place
    return None


def _common_folder(files: list[Path]) -> Path:
    return Path(os.path.commonpath({file.parent for file in files}))


def _label_file(picture: Path) -> Path:
    """Ultralytics' rule: the last folder ``images`` of the path is ``labels``."""
    folders = list(picture.parts[:-1])
    if 'images' in folders:
        folders[len(folders) - 1 - folders[::-1].index('images')] = 'labels'
    return Path(*folders, picture.name).with_suffix('.txt')


def _marks(label_of: dict[int, int], picture: Picture, size: tuple[int, int]) -> Marks:
    marks, odd, boxes = [], [], 0
    for number, line in enumerate(read_text(picture.record).splitlines(), 1):
        values = line.split()
        boxes += len(values) == _BOX
        if len(values) in (0, _BOX):
            continue
        try:
            label, polygon = _read_line(values, label_of, size)
            mask, note = polygons_mask([polygon], size)
        except ValueError as error:
            odd.append(f'line {number} left out: {error}')
            continue
        if note:
            odd.append(f'line {number} {note}')
        if mask.any():
            marks.append(Mark(label, mask))
        else:
            odd.append(f'line {number} marks no pixel')
    if boxes:
        odd.append(f'has {boxes} boxes alone, which are no masks')
    return Marks(marks, odd)


def _read_line(
    values: list[str], label_of: dict[int, int], size: tuple[int, int]
) -> tuple[int, list[float]]:
    """Class and polygon, in pixels."""
    number, *shares = map(float, values)
    if number not in label_of:
        raise ValueError(f'class {values[0]} is not in data.yaml')
    if shares and max(map(abs, shares)) > _FAR:
        raise ValueError('its values are not from 0 to 1')
    height, width = size
    return label_of[int(number)], [
        share * (height if index % 2 else width) for index, share in enumerate(shares)
    ]
