"""Panoptic quality as a JSON file, for who draws it or compares runs."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from seg.evaluation.panoptic_quality import COLUMNS, KEYS, iou_per_class, quality_per_class
from seg.runtime.whole_files import write_whole
from seg.text_classifier.candidates import split_candidates


def class_results(
    classes: Sequence[str], counts: np.ndarray, num_things: int, unseen: Collection[int] = ()
) -> list[dict]:
    """What is known of each class, in the order of the classes.

    Args:
        classes: C class names.
        counts: float64 [C, 6], summed over the images.
        num_things: The first classes are things.
        unseen: Classes that training does not show.

    Returns:
        C dicts: ``name`` (the first candidate), ``is_thing``, ``is_seen``, ``PQ``, ``SQ``, ``RQ`` and
        ``IoU`` in percent, None for a class that does not occur, and the counts ``tp``, ``fp``, ``fn``.
    """
    percent = 100 * np.column_stack([quality_per_class(counts), iou_per_class(counts)])
    return [
        {
            'name': split_candidates(name)[0],
            'is_thing': label < num_things,
            'is_seen': label not in unseen,
            **{
                key: finite(value)
                for key, value in zip((*KEYS, 'IoU'), percent[label], strict=True)
            },
            **{
                key: int(count) for key, count in zip(COLUMNS[1:4], counts[label, 1:4], strict=True)
            },
        }
        for label, name in enumerate(classes)
    ]


def write_results(path: Path, summary: Mapping[str, float], classes: list[dict]) -> None:
    """Write ``{'summary': {'PQ': ...}, 'classes': [...]}``; what is not a number becomes null.

    Raises:
        OSError: If the file cannot be written; names it.
    """
    content = {
        'summary': {key: finite(value) for key, value in summary.items()},
        'classes': classes,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + '\n').encode())


def finite(value: float) -> float | None:
    """A number of at most four decimals as JSON has it, None for what is not a number."""
    return None if math.isnan(value) else round(float(value), 4)
