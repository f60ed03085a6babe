"""The files of a test set on disk: every picture and its truth, opened and compared."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from seg.apis.zero_shot.test_sets import TestSet
from seg.evaluation.samples import true_labels
from seg.registry import DATASETS
from seg.runtime.parallel import parallel_map


@dataclass
class Checked:
    """What was found.

    Attributes:
        images: Number of pictures.
        used: Classes that the truth has.
        classes: Number of classes.
        problems: What is wrong, a line each.
    """

    images: int = 0
    used: int = 0
    classes: int = 0
    problems: list[str] = field(default_factory=list)


def check_test_set(test_set: TestSet, workers: int) -> Checked:
    """Open every picture of a test set and decode its truth.

    The truth has to be as large as its picture, to have a class somewhere, and no number or segment that
    the data set does not know. LVIS's instances are looked at by the metric alone.

    Args:
        test_set: The test set, which is on disk.
        workers: Number of processes.

    Raises:
        FileNotFoundError: If a folder or the annotation file does not exist.
        ValueError: If the annotation file is damaged.
    """
    dataset = DATASETS.build({**test_set.cfg.test_dataloader.dataset, 'pipeline': []})
    dataset.full_init()
    meta = dataset.metainfo
    samples = [dataset.get_data_info(index) for index in range(len(dataset))]
    found = Checked(len(samples), classes=len(meta['classes']))
    used: set[int] = set()
    look = partial(_look, meta=meta)
    for labels, problem in parallel_map(look, samples, workers=workers, description=test_set.name):
        used.update(labels)
        found.problems += [problem] if problem else []
    found.used = len(used)
    return found


def _look(sample: Mapping[str, Any], meta: Mapping[str, Any]) -> tuple[Sequence[int], str]:
    """The classes that a picture's truth has, and what is wrong with it."""
    path = sample['img_path']
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter('ignore')  # of pictures that PIL finds large
            image.load()
            size = image.size[::-1]
    except FileNotFoundError:
        return (), f'picture {path} does not exist'
    except (OSError, SyntaxError) as error:
        return (), f'picture {path} cannot be read: {error}'
    if not (sample.get('sem_seg_path') or sample.get('seg_map_path')):
        return (), ''
    try:
        labels = true_labels(sample, meta)
    except (OSError, ValueError) as error:
        return (), str(error)
    truth = sample.get('sem_seg_path') or sample['seg_map_path']
    if labels.shape != size:
        return (), f'{truth} is {labels.shape}, its picture {size}'
    classes = np.unique(labels[labels >= 0]).tolist()
    return classes, '' if classes else f'{truth} has no pixel of any class'
