"""One picture of a source: its marks to a panoptic PNG, itself to its new place."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from scipy.ndimage import find_objects

from seg.datasets.own.painting import PaintedSegment, paint
from seg.datasets.own.source import Marks, Picture, ReadMarks
from seg.panoptic.finished_png import finished_content, write_finished
from seg.panoptic.segment_ids import SegmentIds
from seg.runtime.image_files import read_image_header
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
    turned = []
    png_name = str(PurePosixPath(picture.name).with_suffix('.png'))
    png = task.out / f'panoptic_{picture.split}' / png_name
    try:
        header = read_image_header(picture.file)
        if header.is_turned:
            turned = [
                'its EXIF tag turns it; labels count as drawn on the pixels as they are stored'
            ]
        size = header.size[::-1]
        digest = hashlib.sha256(picture.file.read_bytes()).hexdigest()
        content = finished_content(png, header.size, task.key)
        marks = Marks([], []) if content else task.read_marks(picture, size)
    except (ValueError, OSError) as error:
        return PreparedPicture(None, '', [f'left out: {" ".join(str(error).split())}', *turned])
    segments, odd, small = content or _write(task, picture, size, marks, png)
    odd = [*odd, *turned, *([] if segments else ['no segment'])]
    height, width = size
    image = {'id': picture.name, 'file_name': picture.name, 'height': height, 'width': width}
    annotation = {'image_id': picture.name, 'file_name': png_name, 'segments_info': segments}
    return PreparedPicture((image, annotation), digest, odd, small)


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
        odd = [*odd, f'{painting.hidden} marks without a pixel that is seen']
    stuff = [i for i, thing in zip(task.categories, task.things, strict=True) if not thing]
    new_ids = SegmentIds(colors=task.colors, stuff=stuff, seed=picture.name)
    ids, segments = _described(painting.indices, painting.segments, task.categories, new_ids)
    content = segments, odd, painting.small
    _lay(picture.file, task.out / 'images' / str(picture.split) / picture.name)
    write_finished(png, ids, content, task.key)
    return content


def _described(
    index: np.ndarray,
    painted: Sequence[PaintedSegment],
    categories: tuple[int, ...],
    new_ids: SegmentIds,
) -> tuple[np.ndarray, list[dict]]:
    """Segment ids [H, W] and the ``segments_info`` of indices into segments."""
    areas = np.bincount(index.ravel() + 1, minlength=len(painted) + 1)
    boxes = find_objects(index + 1)
    ids = np.zeros(len(painted) + 1, np.int32)
    segments = []
    for number, segment in enumerate(painted, 1):
        category = categories[segment.label]
        ids[number] = new_ids.next(category)
        rows, columns = boxes[number - 1]
        x, y = int(columns.start), int(rows.start)
        segments.append(
            {
                'id': int(ids[number]),
                'category_id': category,
                'iscrowd': int(segment.is_crowd),
                'area': int(areas[number]),
                'bbox': [x, y, int(columns.stop) - x, int(rows.stop) - y],
            }
        )
    return ids[index + 1], segments


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
