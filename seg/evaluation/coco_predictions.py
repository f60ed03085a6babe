"""Predictions in COCO's panoptic format: a folder with a PNG an image, and a JSON file of its name beside it."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seg.panoptic.panoptic_map import PanopticMap
from seg.panoptic.png import panoptic_png
from seg.runtime.whole_files import write_whole


def checked_category_ids(category_ids: Sequence[int] | None, num_classes: int) -> list[int]:
    """The category id of each class, without which nothing can be written.

    Raises:
        ValueError: If there is none, or not a different one for each class.
    """
    if category_ids is None:
        raise ValueError(
            "the dataset's metainfo has no category_ids, without which predictions cannot be "
            "written in COCO's format; give the metric category_ids, the annotations' category id "
            'of each class'
        )
    ids = list(category_ids)
    if len(ids) != num_classes or len(set(ids)) != len(ids):
        raise ValueError(
            f'{len(ids)} category_ids, {len(set(ids))} of them different, were given for '
            f'{num_classes} classes'
        )
    return ids


def png_name(sample: Mapping[str, Any], seg_root: str | None) -> str:
    """Name of an image's PNG, below the folder of the true ones if the dataset names it.

    Args:
        sample: With ``seg_map_path``, the true PNG, or ``img_path`` where that is None.
        seg_root: The folder of the true PNGs.
    """
    path = sample.get('seg_map_path') or sample['img_path']
    name = os.path.relpath(path, seg_root) if seg_root else '..'
    return (Path(Path(path).name if name.startswith('..') else name).with_suffix('.png')).as_posix()


def write_prediction(
    folder: Path,
    file_name: str,
    image_id: int | str,
    pred: PanopticMap,
    category_ids: Sequence[int],
    num_things: int,
) -> dict[str, Any]:
    """Write the PNG of an image, its segments numbered from 1.

    Args:
        folder: Of the PNGs; made if it is missing.
        file_name: Name of the PNG, which may hold folders.
        image_id: The image's id in the annotations.
        pred: The prediction.
        category_ids: The category id of each class.
        num_things: The first classes are things.

    Returns:
        The image's annotation, for :func:`write_annotations`.
    """
    write_whole(folder / file_name, panoptic_png(pred.indices))
    segments = zip(pred.classes.tolist(), pred.areas.tolist(), strict=True)
    return {
        'image_id': image_id,
        'file_name': file_name,
        'segments_info': [
            {
                'id': number,
                'category_id': int(category_ids[label]),
                'isthing': int(label < num_things),
                'area': area,
            }
            for number, (label, area) in enumerate(segments, start=1)
        ],
    }


def write_annotations(
    folder: Path,
    annotations: Sequence[dict[str, Any]],
    names: Sequence[str],
    category_ids: Sequence[int],
    num_things: int,
) -> Path:
    """Write the JSON of all images.

    Args:
        folder: As given to :func:`write_prediction`.
        annotations: What :func:`write_prediction` returned for each image.
        names: The category name of each class.
        category_ids: The category id of each class.
        num_things: The first classes are things.

    Returns:
        The JSON file.

    Raises:
        ValueError: If two images have the same PNG.
        OSError: If the file cannot be written; nothing of it is left.
    """
    files = Counter(annotation['file_name'] for annotation in annotations)
    repeated = [name for name, count in files.items() if count > 1]
    if repeated:
        raise ValueError(
            f'{len(repeated)} PNG names belong to several images, the last of which overwrote '
            f'the others in {folder}: {", ".join(repeated[:5])}'
        )
    categories = [
        {'id': int(category), 'name': name, 'isthing': int(label < num_things)}
        for label, (name, category) in enumerate(zip(names, category_ids, strict=True))
    ]
    file = folder.with_name(f'{folder.name}.json')
    content = {'annotations': annotations, 'categories': categories}
    write_whole(file, json.dumps(content).encode())
    return file
