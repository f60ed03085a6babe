"""labelme's JSON files, one a picture: polygons, rectangles, circles and masks with a label."""

import base64
import io
import math
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image, UnidentifiedImageError

from seg.datasets.own.files import damaged_json, json_bytes, json_files
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
    split_of,
)

NAME = 'labelme'
#: Labels that mean void in labelme's own examples.
_VOID = frozenset(('__ignore__', '_background_'))
_FAR = 1e6  # pixels, beyond which nothing is meant
_NO_AREA = frozenset(('point', 'points', 'line', 'linestrip'))


class _Shape(msgspec.Struct):
    label: str
    points: list[tuple[float, float]]
    group_id: int | str | None = None
    shape_type: str | None = None
    mask: str | None = None


class _Content(msgspec.Struct, rename='camel'):
    image_path: str
    shapes: list[Any]
    image_height: float | None = None
    image_width: float | None = None
    image_data: msgspec.Raw = msgspec.Raw(b'null')


_DECODER = msgspec.json.Decoder(_Content)


def detect(source: Path) -> bool:
    """Whether it is, or holds, a JSON file with ``shapes``."""
    return bool(json_files(source, NAME))


def read(source: Path, settings: Settings) -> Source:
    """Label files, and their pictures by ``imagePath``, or by name below ``settings.images``.

    Raises:
        FileNotFoundError: If the folder of the pictures does not exist.
        ValueError: If there is no label file.
    """
    files = json_files(source, NAME)
    if not files:
        raise ValueError(f'{source} has no labelme file (JSON with shapes and imagePath)')
    root = source if source.is_dir() else source.parent
    images = settings.images or root
    pictures = picture_files(images)
    finder = PictureFinder(images, pictures)
    names = ClassNames()
    label_of: dict[str, int] = {}
    kinds: set[str | None] = set()
    found: dict[Path, Picture] = {}
    odd = [f'{own.relative_to(root)}: no whole JSON file' for own in damaged_json(source)]
    for file in files:
        inside = file.relative_to(root)
        try:
            content = _content(file)
        except (ValueError, OSError) as error:
            odd.append(f'{inside}: left out: {error}')
            continue
        for shape in _readable(content.shapes):
            kinds.add(shape.shape_type)
            if shape.label not in _VOID:
                with suppress(ValueError):  # said where the marks are read
                    label_of[shape.label] = names.index(shape.label)
        beside = None if settings.images else _beside(file, content.image_path)
        picture = beside or _find(finder, content.image_path, inside)
        if picture is None:
            embedded = bytes(content.image_data) != b'null'
            note = '; it is embedded alone, let labelme_export_json write it' if embedded else ''
            reason = finder.absence(_place(content.image_path, inside))
            odd.append(f'{inside}: {content.image_path}: {reason}{note}')
        elif picture in found:
            odd.append(f'{inside}: left out: of the same picture as {found[picture].record.name}')
        else:
            name = picture.relative_to(images) if picture.is_relative_to(images) else inside
            height, width = content.image_height, content.image_width
            found[picture] = Picture(
                name.with_suffix(picture.suffix).as_posix(),
                picture,
                split_of(name) or split_of(inside),
                file,
                (int(height), int(width)) if height and width else None,
                is_upright=True,  # as labelme shows it
            )
    bare = [own for own in pictures if own not in found]
    odd += [f'{own.relative_to(images)}: a picture without a labelme file' for own in bare]
    if kinds == {'rectangle'}:
        odd.append('all shapes are rectangles, and taken for masks; boxes are none')
    classes = tuple(SourceClass(name, name) for name in names.names)
    return Source(NAME, classes, tuple(found.values()), partial(_marks, label_of), tuple(odd))


def _beside(file: Path, image_path: str) -> Path | None:
    """The picture at a path that is relative to its label file; None if there is none."""
    path = file.parent / image_path.replace('\\', '/')
    plain = Path(os.path.normpath(path))  # else a link in front of '..' counts
    return next((own for own in (plain, path) if own.is_file()), None)


def _place(image_path: str, inside: Path) -> str:
    """A path that is relative to its label file, as one from the root."""
    return f'{inside.parent.as_posix()}/{image_path}'


def _find(finder: PictureFinder, image_path: str, inside: Path) -> Path | None:
    """The picture of a path that is relative to its label file, or to the folder of the pictures."""
    split = split_of(inside)
    found = finder.find_file(_place(image_path, inside), split)
    names_folder = len(Path(image_path.replace('\\', '/')).parts) > 1
    return finder.find_file(image_path, split) if found is None and names_folder else found


def _marks(label_of: dict[str, int], picture: Picture, size: tuple[int, int]) -> Marks:
    content = _content(picture.record)
    objects: dict[tuple, Mark] = {}
    odd = []
    for number, raw in enumerate(content.shapes, 1):
        try:
            shape = msgspec.convert(raw, _Shape)
            if shape.label not in _VOID and shape.label not in label_of:
                raise ValueError(f'its label {shape.label!r} is no name')
            mask, note = _mask(shape, size)
        except (ValueError, msgspec.ValidationError) as error:
            odd.append(f'shape {number} left out: {error}')
            continue
        if note:
            odd.append(f'shape {number} {note}')
        if not mask.any():
            odd.append(f'shape {number} marks no pixel')
        elif shape.label in _VOID:
            objects = {k: own._replace(mask=own.mask & ~mask) for k, own in objects.items()}
        else:
            label = label_of[shape.label]
            key = label, number if shape.group_id is None else str(shape.group_id)
            before = objects.get(key)
            objects[key] = Mark(label, mask if before is None else mask | before.mask)
    return Marks([own for own in objects.values() if own.mask.any()], odd)


def _mask(shape: _Shape, size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """bool [H, W] of a shape, and what is odd about it."""
    points, kind = shape.points, shape.shape_type or 'polygon'
    if kind in _NO_AREA:
        raise ValueError(f'it is a {kind.removesuffix("s")}, which has no area')
    if kind == 'mask':
        return _pasted(shape, size)
    if kind in ('circle', 'rectangle') and len(points) < 2:
        raise ValueError(f'a {kind} of {len(points)} points')
    if kind == 'circle':
        return _disk(points[0], math.dist(*points[:2]), size), ''
    if kind == 'rectangle' and len(points) == 2:
        (x0, y0), (x1, y1) = points
        points = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return polygons_mask([[value for point in points for value in point]], size)


def _disk(centre: tuple[float, float], radius: float, size: tuple[int, int]) -> np.ndarray:
    """Pixels whose centres are at most the radius away."""
    if not radius < _FAR:
        raise ValueError(f'its radius is {radius:g}')
    x, y = centre
    rows, columns = np.ogrid[: size[0], : size[1]]
    return (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 <= radius**2


def _pasted(shape: _Shape, size: tuple[int, int]) -> tuple[np.ndarray, str]:
    """A mask that is a PNG in base64, of the part of the picture that begins at the first point."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(shape.mask or ''))) as image:
            part = np.asarray(image.convert('L')) > 0
        left, top = (int(value) for value in shape.points[0])
    except (OSError, SyntaxError, ValueError, IndexError, OverflowError) as error:
        reason = 'no picture' if isinstance(error, UnidentifiedImageError) else error
        raise ValueError(f'its mask cannot be read: {reason}') from None
    whole = np.zeros(size, bool)
    cut = part[max(0, -top) : max(0, size[0] - top), max(0, -left) : max(0, size[1] - left)]
    y, x = max(0, top), max(0, left)
    whole[y : y + cut.shape[0], x : x + cut.shape[1]] = cut
    return whole, '' if cut.shape == part.shape else 'reaches beyond the picture'


def _readable(shapes: list[Any]) -> list[_Shape]:
    readable = []
    for shape in shapes:
        with suppress(msgspec.ValidationError):
            readable.append(msgspec.convert(shape, _Shape))
    return readable


def _content(file: Path) -> _Content:
    try:
        return _DECODER.decode(json_bytes(file))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f'no whole labelme file: {error}') from None
