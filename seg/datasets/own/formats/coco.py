"""COCO's instance annotations: polygons, run lengths and crowds, a JSON file a split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypedDict

import msgspec
import numpy as np
from pycocotools import mask as coco_mask

from seg.datasets.own.files import damaged_json, json_files
from seg.datasets.own.pictures import PictureFinder, find_pictures
from seg.datasets.own.polygons import polygons_mask
from seg.datasets.own.source import (
    ClassNames,
    Mark,
    Marks,
    Picture,
    Settings,
    Source,
    SourceClass,
    split_named,
    split_of,
)

NAME = 'coco'


# What an entry has to have, and below it what it may have: Python 3.10 has no NotRequired.
class _Image(TypedDict):
    id: int | str
    file_name: str


class _ImageEntry(_Image, total=False):
    height: int | float | None
    width: int | float | None


class _Category(TypedDict):
    id: int | str
    name: str | int


class _CategoryEntry(_Category, total=False):
    isthing: int | bool


class _Content(TypedDict):
    images: Annotated[list[_ImageEntry], msgspec.Meta(min_length=1)]
    categories: Annotated[list[_CategoryEntry], msgspec.Meta(min_length=1)]


class _Annotations(_Content, total=False):
    annotations: list[dict[str, Any]] | None


_DECODER = msgspec.json.Decoder(_Annotations)


def detect(source: Path) -> bool:
    """Whether it is a JSON file with ``images`` and ``annotations``, or a folder of such files."""
    return bool(json_files(source, NAME))


def read(source: Path, settings: Settings) -> Source:
    """Annotation files, and pictures by their ``file_name`` below ``settings.images`` or the source."""
    files = json_files(source, NAME)
    if not files:
        raise ValueError(
            f'{source} has no COCO annotation file (JSON with images, annotations, categories)'
        )
    for file in damaged_json(source):
        raise ValueError(f'{file} is no whole JSON file; mend it, or move it elsewhere')
    root = source if source.is_dir() else source.parent
    images = settings.images or root
    pictures = find_pictures(images)
    finder = PictureFinder(pictures)
    names = ClassNames()
    things: dict[int, bool] = {}
    found: dict[str, Picture] = {}
    odd: list[str] = []
    for file in files:
        content = _content(file)
        label_of = {}
        for category in content['categories']:
            label_of[category['id']] = label = names.index(str(category['name']))
            things.setdefault(label, bool(category.get('isthing', True)))
        split = split_named(file.stem) or split_of(file.relative_to(root))
        of_image: dict[Any, list] = {}
        for annotation in content.get('annotations') or ():
            of_image.setdefault(str(annotation.get('image_id')), []).append(annotation)
        for image in content['images']:
            name = image['file_name']
            key = finder.find_file(name, split)
            if key is None:
                odd.append(f'{name}: no picture of this name below {images} ({file.name})')
                continue
            inside = pictures[key].relative_to(images)
            if str(inside) in found:
                odd.append(f'{name}: listed twice, the first counts ({file.name})')
                of_image.pop(str(image['id']), None)
                continue
            record = (_size(image), label_of, of_image.pop(str(image['id']), []))
            found[str(inside)] = Picture(
                str(inside), pictures[key], split_of(inside) or split, record
            )
        orphans = sum(map(len, of_image.values()))
        if orphans:
            odd.append(f'{file.name}: {orphans} annotations of pictures that are not there')
    classes = tuple(SourceClass(name, name, things[i]) for i, name in enumerate(names.names))
    return Source(NAME, classes, tuple(found.values()), _marks, tuple(odd))


def _marks(picture: Picture, size: tuple[int, int]) -> Marks:
    declared, label_of, annotations = picture.record
    if declared is not None and declared != size:
        raise ValueError(
            f'{picture.file} is {size[1]} x {size[0]}, its annotations say {declared[1]} x {declared[0]}'
        )
    marks, odd = [], []
    for annotation in annotations:
        name = f'annotation {annotation.get("id", "without id")}'
        category = annotation.get('category_id')
        label = label_of.get(category) if isinstance(category, (int, str)) else None
        if label is None:
            odd.append(f'{name} has category {category}, which is not listed')
            continue
        try:
            mask, note = _mask(annotation.get('segmentation'), size)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            odd.append(f'{name} has no mask that can be read: {error}')
            continue
        if note:
            odd.append(f'{name} {note}')
        if mask.any():
            marks.append(Mark(label, mask, bool(annotation.get('iscrowd'))))
        else:
            odd.append(f'{name} marks no pixel')
    return Marks(marks, odd)


def _mask(segmentation: Any, size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """bool [H, W] of polygons or run lengths, and what is odd about them."""
    if isinstance(segmentation, Mapping):
        height, width = segmentation['size']
        if (height, width) != size:
            raise ValueError(f'it is of {width} x {height} pixels')
        runs = segmentation['counts']
        if isinstance(runs, list):
            if sum(runs) != height * width:
                raise ValueError('its run lengths are not those of the picture')
            segmentation = coco_mask.frPyObjects(dict(segmentation), height, width)
        else:
            segmentation = {'size': [height, width], 'counts': str(runs).encode()}
        return coco_mask.decode(segmentation).astype(bool), ''
    if not segmentation:
        raise ValueError('there is none, a box alone')
    return polygons_mask(segmentation, size)


def _size(image: Mapping) -> tuple[int, int] | None:
    height, width = image.get('height'), image.get('width')
    return (int(height), int(width)) if height and width else None


def _content(file: Path) -> _Annotations:
    try:
        return _DECODER.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f'{file} is no whole COCO file: {error}') from None
