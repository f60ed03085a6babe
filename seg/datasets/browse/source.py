"""Where the files of a panoptic data set are: in a layout that is known, or as they are named."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seg.datasets.ade20k.layout import ADE_FILES, find_ade_root
from seg.datasets.own.layout import SPLITS, annotation_file
from seg.runtime.project_files import how_to_run

_COCO = ('annotations/panoptic_{}2017.json', '{}2017', 'annotations/panoptic_{}2017')


class Part(NamedTuple):
    """A split of a data set.

    Attributes:
        name: 'train', 'val', or '' for files that were named.
        annotations: JSON in COCO's panoptic format.
        images: Folder of the pictures.
        segments: Folder of the panoptic PNGs.
    """

    name: str
    annotations: Path
    images: Path
    segments: Path


def find_parts(folder: Path, split: str | None = None) -> list[Part]:
    """The splits in a folder: as tools/prepare_data.py makes it, ADE20K's or COCO's.

    Args:
        folder: The data set.
        split: 'train' or 'val'. Defaults to None, those that are there.

    Raises:
        FileNotFoundError: If there is no such folder, annotation file or folder of files.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'{folder} is no folder; give that of a panoptic data set')
    there = [part for part in _layouts(folder) if part.annotations.is_file()]
    if not there:
        raise FileNotFoundError(
            f'{folder} has no panoptic_train.json or panoptic_val.json, nor the panoptic files of ADE20K '
            f'or COCO; make it with {how_to_run("tools/prepare_data.py")}, or give --ann FILE --images FOLDER '
            '--segments FOLDER'
        )
    parts = [part for part in there if split in (None, part.name)]
    if not parts:
        raise FileNotFoundError(
            f'{folder} has no split {split}, only {" and ".join(part.name for part in there)}'
        )
    for part in parts:
        require_files(part)
    return parts


def require_files(part: Part) -> None:
    """See that annotations and folders are there, before every file in them is missed.

    Raises:
        FileNotFoundError: If one is not.
    """
    if not part.annotations.is_file():
        raise FileNotFoundError(f'{part.annotations} is no file; give the JSON of the annotations')
    for folder, holds in ((part.images, 'pictures'), (part.segments, 'panoptic PNGs')):
        if not folder.is_dir():
            raise FileNotFoundError(
                f'there is no folder {folder}, in which the {holds} of {part.annotations.name} are expected'
            )


def _layouts(folder: Path) -> Iterator[Part]:
    for split in SPLITS:
        file = annotation_file(folder, split)
        yield Part(split, file, folder / 'images' / split, file.with_suffix(''))
    ade = find_ade_root(folder)
    for split, *names, _ in ADE_FILES:
        yield Part(split, *(ade / name for name in names))
    for split in SPLITS:
        yield Part(split, *(folder / name.format(split) for name in _COCO))
