"""LVIS's annotation file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def read_lvis_truth(ann_file: Path, img_ids: Sequence[int]) -> dict[str, Any]:
    """The annotations of some images.

    Args:
        ann_file: Such as ``lvis_v1_val.json``.
        img_ids: Ids of the images.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is no annotation file of LVIS, or lacks one of the images.
    """
    try:
        content = json.loads(ann_file.read_bytes())
        images = {image['id']: image for image in content['images']}
        annotations, categories = content['annotations'], content['categories']
    except FileNotFoundError:
        raise FileNotFoundError(f'annotation file {ann_file} does not exist') from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f'{ann_file} is no annotation file of LVIS: {error}') from None
    missing = [img_id for img_id in img_ids if img_id not in images]
    if missing:
        raise ValueError(f'{ann_file} lacks {len(missing)} of the images, such as id {missing[0]}')
    federated = ('neg_category_ids', 'not_exhaustive_category_ids')
    if any(key not in images[img_id] for img_id in img_ids for key in federated):
        raise ValueError(f'{ann_file} is no annotation file of LVIS: its images lack {federated}')
    wanted = set(img_ids)
    return dict(
        images=[images[img_id] for img_id in img_ids],
        annotations=[one for one in annotations if one['image_id'] in wanted],
        categories=categories,
    )
