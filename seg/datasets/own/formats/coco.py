"""COCO's instance annotations: polygons, run lengths and crowds, a JSON file a split."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypedDict

import msgspec
import numpy as np
from pycocotools import mask as coco_mask

from seg.datasets.own.files import check_ids, damaged_json, json_bytes, json_files
from seg.datasets.own.pictures import PictureFinder, picture_files
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
    supercategory: Any


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
    """Annotation files, and pictures by their ``file_name`` below ``settings.images`` or the source.

    Raises:
        FileNotFoundError: If the folder of the pictures does not exist.
        ValueError: If there is no annotation file, one is damaged, or two images or two categories of a
            file have one id.
    """
    files = json_files(source, NAME)
    if not files:
        raise ValueError(
            f'{source} has no COCO annotation file (JSON with images, annotations, categories)'
        )
    for file in damaged_json(source):
        raise ValueError(f'{file} is no whole JSON file; mend it, or move it elsewhere')
    root = source if source.is_dir() else source.parent
    images = settings.images or root
    finder = PictureFinder(images, picture_files(images))
    names = ClassNames()
    things: dict[int, bool] = {}
    found: dict[Path, Picture] = {}
    odd: list[str] = []
    for file in files:
        content = _content(file)
        of_image: dict[str, list] = {}
        for annotation in content.get('annotations') or ():
            of_image.setdefault(str(annotation.get('image_id')), []).append(annotation)
        label_of = {}
        for category in _with_objects(content):
            label_of[str(category['id'])] = label = names.index(str(category['name']), file)
            things.setdefault(label, bool(category.get('isthing', True)))
        split = split_named(file.stem) or split_of(file.relative_to(root))
        for image in content['images']:
            name = image['file_name']
            picture = finder.find_file(name, split)
            if picture is None:
                odd.append(f'{name}: {finder.absence(name)} ({file.name})')
                continue
            own, size = of_image.pop(str(image['id']), []), _size(image)
            if picture in found:
                odd.append(f'{name}: listed twice, the first counts ({file.name})')
                continue
            inside = picture.relative_to(images)
            found[picture] = Picture(
                inside.as_posix(),
                picture,
                split or split_of(inside),
                (label_of, own),
                size,
                None if size is None else False,
            )
        orphans = sum(map(len, of_image.values()))
        if orphans:
            odd.append(f'{file.name}: {orphans} annotations of pictures that are not there')
    odd += _crowds_alone(names.names, [own.record for own in found.values()])
    classes = tuple(SourceClass(name, name, things[i]) for i, name in enumerate(names.names))
    return Source(NAME, classes, tuple(found.values()), _marks, tuple(odd))


def _with_objects(content: _Annotations) -> list[_CategoryEntry]:
    """The categories, without those of no object that are there as the parent of others, as Roboflow has one."""
    parents = {
        str(own.get('supercategory'))
        for own in content['categories']
        if own.get('supercategory') != own['name']
    }
    used = {str(own.get('category_id')) for own in content.get('annotations') or ()}
    return [
        own
        for own in content['categories']
        if str(own['name']) not in parents or str(own['id']) in used
    ]


def _crowds_alone(names: Sequence[str], records: Sequence[tuple[dict, list[dict]]]) -> list[str]:
    """A line for each class of which no object is told apart, as exporters write whose masks are run lengths."""
    objects, crowds = Counter[int](), Counter[int]()
    for label_of, annotations in records:
        for own in annotations:
            label = label_of.get(str(own.get('category_id')), -1)
            objects[label] += 1
            crowds[label] += _is_crowd(own)
    return [
        f'all {count} objects of class {names[label]} are crowds (iscrowd), which training passes over; '
        'export polygons, or set iscrowd to 0'
        for label, count in objects.items()
        if label >= 0 and crowds[label] == count
    ]


def _marks(picture: Picture, size: tuple[int, int]) -> Marks:
    label_of, annotations = picture.record
    marks, odd = [], []
    for annotation in annotations:
        name = f'annotation {annotation.get("id", "without id")}'
        category = annotation.get('category_id')
        label = label_of.get(str(category))
        if label is None:
            odd.append(f'{name} has category {category}, which is not listed')
            continue
        try:
            mask, note = _mask(annotation.get('segmentation'), size)
        except (ValueError, TypeError, OverflowError) as error:
            odd.append(f'{name} has no mask that can be read: {error}')
            continue
        if note:
            odd.append(f'{name} {note}')
        if mask.any():
            marks.append(Mark(label, mask, _is_crowd(annotation)))
        else:
            odd.append(f'{name} marks no pixel')
    return Marks(marks, odd)


def _mask(segmentation: Any, size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """bool [H, W] of polygons or run lengths, and what is odd about them."""
    if isinstance(segmentation, Mapping):
        if not segmentation.keys() >= {'size', 'counts'}:
            raise ValueError('its run lengths have no size or no counts')
        height, width = segmentation['size']
        if (height, width) != size:
            raise ValueError(f'it is of {width} x {height} pixels')
        runs = segmentation['counts']
        if isinstance(runs, list):
            if sum(runs) != height * width or min(runs) < 0:
                raise ValueError('its run lengths are not those of the picture')
            segmentation = coco_mask.frPyObjects(dict(segmentation), height, width)
        else:
            segmentation = {'size': [height, width], 'counts': str(runs).encode()}
        return coco_mask.decode(segmentation).astype(bool), ''
    if not segmentation:
        raise ValueError('there is none, a box alone')
    if not isinstance(segmentation, list):
        raise ValueError(f'{str(segmentation)[:40]!r} is neither polygons nor run lengths')
    is_one = not isinstance(segmentation[0], (list, dict))  # some write the one polygon itself
    return polygons_mask([segmentation] if is_one else segmentation, size)


def _is_crowd(annotation: Mapping) -> bool:
    """Whether ``iscrowd`` is 1, which some write as a text."""
    return str(annotation.get('iscrowd')).lower() in ('1', '1.0', 'true')


def _size(image: Mapping) -> tuple[int, int] | None:
    height, width = image.get('height'), image.get('width')
    return (int(height), int(width)) if height and width else None


def _content(file: Path) -> _Annotations:
    try:
        content = _DECODER.decode(json_bytes(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f'{file} is no whole COCO file: {error}') from None
    check_ids(content, file)
    return content
