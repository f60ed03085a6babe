"""Annotation files in COCO's panoptic format, checked as they are read."""

from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Annotated, TypedDict

import msgspec

_Pixels = Annotated[int, msgspec.Meta(ge=1)]
_Number = int | float


class ImageEntry(TypedDict):
    """An image; height and width in pixels."""

    id: int | str
    file_name: str
    height: _Pixels
    width: _Pixels


# What an entry has to have, and below it what it may have: Python 3.10 has no NotRequired.
class _Segment(TypedDict):
    id: int
    category_id: int
    area: _Number
    bbox: tuple[_Number, _Number, _Number, _Number]


class SegmentEntry(_Segment, total=False):
    """A segment; ``id`` is its colour in the PNG, ``bbox`` is (x, y, width, height)."""

    iscrowd: int | bool


class _Annotation(TypedDict):
    image_id: int | str
    segments_info: list[SegmentEntry]


class AnnotationEntry(_Annotation, total=False):
    """The segments of an image; ``file_name`` is the PNG's, see :func:`png_name`."""

    file_name: str


class _Category(TypedDict):
    id: int
    name: str


class CategoryEntry(_Category, total=False):
    """A category; ``isthing`` may be missing where nothing is annotated."""

    isthing: int | bool


class _Annotations(TypedDict):
    images: Annotated[list[ImageEntry], msgspec.Meta(min_length=1)]
    categories: list[CategoryEntry]


class Annotations(_Annotations, total=False):
    """The content of a file; ``annotations`` is missing or empty where nothing is annotated."""

    annotations: list[AnnotationEntry]


_DECODER = msgspec.json.Decoder(Annotations)


def read_annotations(file: str | PathLike) -> Annotations:
    """Read an annotation file, without the keys that :class:`Annotations` does not have.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no JSON, or an entry lacks a key or has a value of another type; names
            the file and the first such entry.
    """
    try:
        content = _DECODER.decode(Path(file).read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(f'annotation file {file} does not exist') from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f'annotation file {file}: {error}') from None
    except RecursionError:
        raise ValueError(f'annotation file {file}: it is nested too deeply') from None
    if content.get('annotations'):
        for index, category in enumerate(content['categories']):
            if 'isthing' not in category:
                raise ValueError(
                    f'annotation file {file}: Object missing required field `isthing` - at '
                    f'`$.categories[{index}]`'
                )
    return content


def png_name(image: ImageEntry, annotation: AnnotationEntry) -> str:
    """Name of an image's PNG: the annotation's, by default the image's with the suffix ``.png``."""
    own = annotation.get('file_name')
    return str(PurePosixPath(image['file_name']).with_suffix('.png')) if own is None else own
