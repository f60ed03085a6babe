"""COCO's instance annotations: polygons, run lengths and crowds, a JSON file a split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from pycocotools import mask as coco_mask

from seg.datasets.own.pictures import PictureFinder, find_pictures
from seg.datasets.own.source import Mark, Marks, Picture, Settings, Source, SourceClass, split_of

NAME = 'coco'
_DECODER = msgspec.json.Decoder()
_PEEK = 1 << 16


def detect(source: Path) -> bool:
    """Whether it is a JSON file with ``images`` and ``annotations``, or a folder of such files."""
    return any(_is_coco(file) for file in _json_files(source))


def read(source: Path, settings: Settings) -> Source:
    """Annotation files, and pictures by their ``file_name`` below ``settings.images`` or the source."""
    files = [file for file in _json_files(source) if _is_coco(file)]
    if not files:
        raise ValueError(
            f'{source} has no COCO annotation file (JSON with images, annotations, categories)'
        )
    images = settings.images or (source if source.is_dir() else source.parent)
    pictures = find_pictures(images)
    finder = PictureFinder(pictures)
    names: dict[str, int] = {}
    things: dict[str, bool | None] = {}
    found: dict[str, Picture] = {}
    odd: list[str] = []
    for file in files:
        content = _content(file)
        label_of = {}
        for category in content['categories']:
            name = str(category['name'])
            label_of[category['id']] = names.setdefault(name, len(names))
            things.setdefault(name, bool(category.get('isthing', True)))
        split = split_of(Path(file.stem.replace('_', '/').replace('-', '/')))
        of_image: dict[Any, list] = {}
        for annotation in content.get('annotations', ()):
            of_image.setdefault(annotation.get('image_id'), []).append(annotation)
        for image in content['images']:
            key = finder.find(str(Path(image['file_name']).with_suffix('')))
            if key is None:
                odd.append(f'{file.name}: no picture {image["file_name"]} below {images}')
                continue
            inside = pictures[key].relative_to(images)
            if str(inside) in found:
                odd.append(f'{file.name}: {image["file_name"]} is listed twice; the first counts')
                of_image.pop(image['id'], None)
                continue
            record = (_size(image), label_of, of_image.pop(image['id'], []))
            found[str(inside)] = Picture(
                str(inside), pictures[key], split_of(inside) or split, record
            )
        orphans = sum(map(len, of_image.values()))
        if orphans:
            odd.append(f'{file.name}: {orphans} annotations of pictures that are not there')
    classes = tuple(SourceClass(name, name, things[name]) for name in names)
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
        label = label_of.get(annotation.get('category_id'))
        if label is None:
            odd.append(f'{name} has category {annotation.get("category_id")}, which is not listed')
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


def polygons_mask(polygons: list[list[float]], size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """bool [H, W] of polygons, by COCO's rules, and what is odd about them.

    Args:
        polygons: Each x, y, x, y, ... in pixels.
        size: (height, width).

    Raises:
        ValueError: If one has less than three points, or an odd number of values.
    """
    height, width = size
    short = [own for own in polygons if len(own) < 6 or len(own) % 2]
    if len(short) == len(polygons):
        raise ValueError(
            f'a polygon of {len(short[0])} values, of three points or more are 6, 8, ...'
        )
    whole = [np.asarray(own, np.float64) for own in polygons if len(own) >= 6 and not len(own) % 2]
    if not all(np.isfinite(own).all() for own in whole):
        raise ValueError('a polygon with a value that is no number')
    limits = np.array([width, height])
    outside = any(
        (own.reshape(-1, 2) < -1).any() or (own.reshape(-1, 2) > limits + 1).any() for own in whole
    )
    inside = [np.clip(own.reshape(-1, 2), 0, limits).ravel().tolist() for own in whole]
    joint = coco_mask.merge(coco_mask.frPyObjects(inside, height, width))
    notes = ['reaches beyond the picture'] if outside else []
    notes += [f'has {len(short)} polygons of less than three points'] if short else []
    return coco_mask.decode(joint).astype(bool), ' and '.join(notes)


def _size(image: Mapping) -> tuple[int, int] | None:
    height, width = image.get('height'), image.get('width')
    return (int(height), int(width)) if height and width else None


def _content(file: Path) -> dict:
    try:
        content = _DECODER.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f'{file} is no whole JSON file: {error}') from None
    for key, wanted in (('categories', ('id', 'name')), ('images', ('id', 'file_name'))):
        entries = content.get(key)
        if not isinstance(entries, list) or not entries:
            raise ValueError(f'{file} has no {key}')
        strange = next(
            (e for e in entries if not isinstance(e, dict) or not set(wanted) <= set(e)), None
        )
        if strange is not None:
            raise ValueError(
                f'{file}: an entry of {key} lacks {" or ".join(wanted)}: {str(strange)[:80]}'
            )
    return content


def _json_files(source: Path) -> list[Path]:
    return sorted(source.rglob('*.json')) if source.is_dir() else [source]


def _is_coco(file: Path) -> bool:
    """Whether the content may be COCO's instances: labelme has ``shapes``, panoptic ``segments_info``."""
    if file.suffix.lower() != '.json':
        return False
    try:
        content = file.read_bytes()
    except OSError:
        return False
    keys = (b'"images"', b'"categories"')
    return all(key in content for key in keys) and b'"segments_info"' not in content
