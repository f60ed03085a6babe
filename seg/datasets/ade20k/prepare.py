"""ADE20K's released archives to the panoptic layout."""

import json
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from seg.datasets.ade20k.layout import SPLITS
from seg.datasets.ade20k.raw import categories, panoptic_segments
from seg.panoptic.finished_png import finished_content, write_finished
from seg.runtime.image_files import read_image_header
from seg.runtime.parallel import parallel_map
from seg.runtime.whole_files import remove_folder, remove_leftovers, write_whole

#: Name of the text in a finished PNG that holds its ``segments_info``. PNGs with another text, of
#: other rules, are made anew.
SEGMENTS_KEY = 'visible_segments_info'


def prepare_ade20k(root: Path, *, workers: int = 1, force: bool = False) -> dict[str, int | None]:
    """Write ``ade20k_panoptic_{train,val}`` and their JSON beside the released folders.

    What an interrupted run has finished is kept: a PNG appears only when it is complete, and its
    text holds its segments. The JSON of a split is written last.

    Args:
        root: Folder of ``images``, ``annotations`` and ``annotations_instance``.
        workers: Processes.
        force: Whether to make anew what is there.

    Returns:
        Number of images of each split; None where its JSON was there already.

    Raises:
        FileNotFoundError: If a released folder or file is missing.
        ValueError: If a file is damaged or has values it must not have; names it.
    """
    for released in ('images', 'annotations', 'annotations_instance'):
        for _, name in SPLITS:
            if not (root / released / name).is_dir():
                raise FileNotFoundError(
                    f'{root / released / name} does not exist; ADEChallengeData2016.zip holds '
                    '"images" and "annotations", annotations_instance.tar the third folder: '
                    f'unpack both in {root}'
                )
    counts: dict[str, int | None] = {}
    for split, name in SPLITS:
        file = root / f'ade20k_panoptic_{split}.json'
        remove_leftovers(file)
        remove_leftovers(file.with_suffix(''))
        if file.exists() and not force:
            counts[split] = None
            continue
        images = sorted((root / 'images' / name).iterdir())
        first: dict[str, Path] = {}
        for image in images:
            if first.setdefault(image.stem, image) is not image:
                raise ValueError(f'{first[image.stem]} and {image.name} would have the same PNG')
        folder = root / f'ade20k_panoptic_{split}'
        if force:  # an interrupted run goes on without it, and must not find files of before
            file.unlink(missing_ok=True)
            remove_folder(folder)
        folder.mkdir(exist_ok=True)
        prepare = partial(_prepare_image, root, split, name)
        done = list(
            parallel_map(prepare, images, workers=workers, description=f'{split:>5} images')
        )
        content = {
            'images': [image for image, _ in done],
            'annotations': [annotation for _, annotation in done],
            'categories': categories(),
        }
        write_whole(file, json.dumps(content).encode())
        counts[split] = len(images)
    return counts


def _prepare_image(root: Path, split: str, name: str, image_file: Path) -> tuple[dict, dict]:
    """Make an image's PNG, if it is not there; returns its entries in the JSON."""
    image_id = image_file.stem
    width, height = read_image_header(image_file).size
    png = root / f'ade20k_panoptic_{split}' / f'{image_id}.png'
    segments = finished_content(png, (width, height), SEGMENTS_KEY)
    if segments is None:
        files = [root / f / name / png.name for f in ('annotations', 'annotations_instance')]
        semantic, instance = (_read(file) for file in files)
        if semantic.shape[:2] != (height, width):
            raise ValueError(
                f'{files[0]} is {semantic.shape[1]}x{semantic.shape[0]}, but its image is '
                f'{width}x{height}'
            )
        try:
            ids, segments = panoptic_segments(semantic, instance, image_id)
        except ValueError as error:
            raise ValueError(f'{files[0]}, {files[1]}: {error}') from None
        write_finished(png, ids, segments, SEGMENTS_KEY)
    return (
        {'id': image_id, 'file_name': image_file.name, 'height': height, 'width': width},
        {'image_id': image_id, 'file_name': png.name, 'segments_info': segments},
    )


def _read(file: Path) -> np.ndarray:
    try:
        with Image.open(file) as image:
            return np.asarray(image)
    except FileNotFoundError:
        raise FileNotFoundError(f'{file} does not exist') from None
    except (OSError, SyntaxError, ValueError) as error:  # PIL's, for damaged files
        raise ValueError(f'{file} cannot be read: {error}') from None
