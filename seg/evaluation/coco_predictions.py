"""Predictions in COCO's panoptic format: ``panoptic.json``, and a PNG an image in ``panoptic/``."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seg.panoptic.panoptic_map import PanopticMap
from seg.panoptic.png import panoptic_png
from seg.runtime.whole_files import write_whole

FOLDER = 'panoptic'


def write_prediction(
    root: Path,
    file_name: str,
    image_id: int | str,
    pred: PanopticMap,
    category_ids: Sequence[int],
    num_things: int,
) -> dict[str, Any]:
    """Write the PNG of an image, its segments numbered from 1.

    Args:
        root: The folder above ``panoptic/``; made if it is missing.
        file_name: Name of the PNG, which may hold folders.
        image_id: The image's id in the annotations.
        pred: The prediction.
        category_ids: The category id of each class.
        num_things: The first classes are things.

    Returns:
        The image's annotation, for :func:`write_annotations`.
    """
    file = root / FOLDER / file_name
    write_whole(file, panoptic_png(pred.indices))
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
    root: Path,
    annotations: Sequence[dict[str, Any]],
    names: Sequence[str],
    category_ids: Sequence[int],
    num_things: int,
) -> Path:
    """Write the JSON of all images.

    Args:
        root: The folder given to :func:`write_prediction`.
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
            f'the others in {root / FOLDER}: {", ".join(repeated[:5])}'
        )
    categories = [
        {'id': int(category), 'name': name, 'isthing': int(label < num_things)}
        for label, (name, category) in enumerate(zip(names, category_ids, strict=True))
    ]
    file = root / f'{FOLDER}.json'
    content = {'annotations': annotations, 'categories': categories}
    write_whole(file, json.dumps(content).encode())
    return file
