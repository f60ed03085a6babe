"""One picture of a source: its marks to a panoptic PNG, itself to its new place."""

import hashlib
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from seg.datasets.own.painting import paint
from seg.datasets.own.source import Marks, Picture, ReadMarks
from seg.panoptic.finished_png import finished_content, write_finished
from seg.panoptic.segment_ids import SegmentIds, new_segments
from seg.runtime.image_files import ImageHeader, as_stored, read_image_header
from seg.runtime.whole_files import writing_file

#: RGB by category id.
Colors = dict[int, tuple[int, int, int]]


class Rules(NamedTuple):
    """How marks become segments.

    Attributes:
        components: Whether a thing that is marked as a whole is one object a connected component.
        min_area: Of a component, in pixels.
    """

    components: bool = True
    min_area: int = 0


class PictureTask(NamedTuple):
    """What a process needs to know to prepare pictures.

    Attributes:
        read_marks: Reads a picture's marks.
        out: Folder of the prepared data.
        rules: How marks become segments.
        key: Names source, rules and classes; PNGs of another key are made anew.
        categories: Category id of each class of the source.
        things: Whether each class of the source is a thing.
        colors: Of the categories.
    """

    read_marks: ReadMarks
    out: Path
    rules: Rules
    key: str
    categories: tuple[int, ...]
    things: tuple[bool, ...]
    colors: Colors


class PreparedPicture(NamedTuple):
    """A picture that was prepared, or left out.

    Attributes:
        entries: Its image and its annotation, as the annotation file has them; None if it is left out.
        digest: Of the picture's file.
        odd: What is odd about it, a few words each.
        small: Number of objects that were too small, void now.
    """

    entries: tuple[dict, dict] | None
    digest: str
    odd: list[str]
    small: int = 0


def prepare_picture(task: PictureTask, picture: Picture) -> PreparedPicture:
    """Write the PNG of a picture, if an earlier run has not, and lay the picture beside it.

    What cannot be read is left out, and said.

    Raises:
        OSError: If something cannot be written.
    """
    png_name = str(PurePosixPath(picture.name).with_suffix('.png'))
    png = task.out / f'panoptic_{picture.split}' / png_name
    try:
        header = read_image_header(picture.file)
        digest = hashlib.sha256(picture.file.read_bytes()).hexdigest()
        content = finished_content(png, header.size, task.key)
        marks = Marks([], []) if content else _read_marks(task.read_marks, picture, header)
    except (ValueError, OSError) as error:
        return PreparedPicture(None, '', [f'left out: {" ".join(str(error).split())}'])
    width, height = header.size
    segments, odd, small = content or _write(task, picture, (height, width), marks, png)
    odd = [*odd, *([] if segments else ['no segment'])]
    image = {'id': picture.name, 'file_name': picture.name, 'height': height, 'width': width}
    annotation = {'image_id': picture.name, 'file_name': png_name, 'segments_info': segments}
    return PreparedPicture((image, annotation), digest, odd, small)


def _read_marks(read_marks: ReadMarks, picture: Picture, header: ImageHeader) -> Marks:
    """The marks on the pixels as they are stored."""
    is_upright = _is_upright(picture.size, picture, header)
    width, height = header.upright_size if is_upright else header.size
    found, odd = read_marks(picture, (height, width))
    marks = []
    for mark in found:
        is_upright = _is_upright(mark.mask.shape, picture, header)
        mask = as_stored(mark.mask, header.orientation) if is_upright else mark.mask
        marks.append(mark._replace(mask=mask))
    if header.is_turned:
        how = 'on it as it is shown' if is_upright else 'on the pixels as they are stored'
        odd = [*odd, f'its EXIF tag turns it; labels count as drawn {how}']
    return Marks(marks, odd)


def _is_upright(size: tuple[int, ...] | None, picture: Picture, header: ImageHeader) -> bool:
    """Whether labels of a size (height, width) are drawn on the picture as its EXIF tag turns it.

    Raises:
        ValueError: If they are not of its size, or nothing tells.
    """
    is_stored, is_shown = (
        size is None or size == own[::-1] for own in (header.size, header.upright_size)
    )
    if is_stored and is_shown and header.is_turned:
        if picture.is_upright is None:
            raise ValueError(
                'its EXIF tag turns it, and its labels do not say their size, which would tell whether '
                'they are drawn on it as it is shown; write it without the tag'
            )
        return picture.is_upright
    if size is not None and not (is_stored or is_shown):
        (height, width), (own_width, own_height) = size, header.size
        raise ValueError(
            f'its labels are {width} x {height}, the picture {own_width} x {own_height}'
        )
    return not is_stored


def _write(
    task: PictureTask, picture: Picture, size: tuple[int, int], marks: Marks, png: Path
) -> tuple[list[dict], list[str], int]:
    odd = marks.odd
    painting = paint(
        marks.marks,
        task.things,
        size,
        components=task.rules.components,
        min_area=task.rules.min_area,
    )
    if painting.hidden:
        odd = [*odd, f'{painting.hidden} segments that others cover whole']
    stuff = [i for i, thing in zip(task.categories, task.things, strict=True) if not thing]
    new_ids = SegmentIds(colors=task.colors, stuff=stuff, seed=picture.name)
    segments_by_region = dict(enumerate(painting.segments, 1))
    ids, segments = new_segments(
        painting.indices + 1,
        {region: task.categories[own.label] for region, own in segments_by_region.items()},
        new_ids,
        {region for region, own in segments_by_region.items() if own.is_crowd},
    )
    content = segments, odd, painting.small
    _lay(picture.file, task.out / 'images' / str(picture.split) / picture.name)
    write_finished(png, ids, content, task.key)
    return content


def _lay(file: Path, place: Path) -> None:
    """A hard link, or a copy where the file system has no links."""
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file.resolve(), place)
    except OSError:
        with writing_file(place) as copy, file.open('rb') as original:
            shutil.copyfileobj(original, copy)
