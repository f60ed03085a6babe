"""Panoptic quality as tables to read."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from terminaltables import AsciiTable

from seg.evaluation.panoptic_quality import KEYS, iou_per_class, quality_per_class
from seg.text_classifier.candidates import split_candidates

_NAMES = {'': 'all', '_th': 'things', '_st': 'stuff', '_seen': 'seen', '_unseen': 'unseen'}


def group_table(
    summary: Mapping[str, float], counts: np.ndarray, groups: Mapping[str, np.ndarray]
) -> str:
    """One line for each group: PQ, SQ, RQ, and how many of its classes occur.

    Args:
        summary: What :func:`~seg.evaluation.panoptic_quality.summarise` returned.
        counts: float64 [C, 6], what it was given.
        groups: bool [C] by suffix, what it was given.
    """
    occurs = counts[:, 1:4].any(axis=1)
    rows = [
        [
            _NAMES[suffix],
            *(_number(summary[key + suffix]) for key in KEYS),
            (occurs & members).sum(),
        ]
        for suffix, members in groups.items()
    ]
    table = _table([['', *KEYS, 'classes'], *rows])
    if 'mIoU' in summary:
        return f'{table}\nmIoU {_number(summary["mIoU"])}'
    return f'{table}\nmIoU of the maps {_number(summary["mIoU_map"])}'


def class_table(
    classes: Sequence[str], counts: np.ndarray, num_things: int, unseen: Collection[int] = ()
) -> str:
    """One line for each class: its first candidate, PQ, SQ, RQ, IoU, and its counts.

    Args:
        classes: C class names.
        counts: float64 [C, 6], summed over the images.
        num_things: The first classes are things.
        unseen: Classes to mark as unseen.
    """
    percent = 100 * np.column_stack([quality_per_class(counts), iou_per_class(counts)])
    rows = []
    for label, name in enumerate(classes):
        kind = 'thing' if label < num_things else 'stuff'
        rows.append(
            [
                split_candidates(name)[0],
                f'{kind}, unseen' if label in unseen else kind,
                *map(_number, percent[label]),
                *(f'{count:.0f}' for count in counts[label, 1:4]),
            ]
        )
    return _table([['class', 'kind', *KEYS, 'IoU', 'TP', 'FP', 'FN'], *rows])


def pixel_table(classes: Sequence[str], sums: np.ndarray) -> str:
    """One line for each class: its first candidate, IoU, recall, and its true pixels.

    Args:
        classes: C class names.
        sums: int64 [C, 3], see :func:`~seg.evaluation.semantic_iou.class_pixels`.
    """
    rows = []
    for name, (right, true, pred) in zip(classes, sums.astype(float), strict=True):
        iou, recall = (
            (100 * right / true_or for true_or in (true + pred - right, true))
            if true
            else (
                np.nan,
                np.nan,
            )
        )
        rows.append([split_candidates(name)[0], _number(iou), _number(recall), f'{true:.0f}'])
    return _table([['class', 'IoU', 'Acc', 'pixels'], *rows])


def _table(rows: list[list]) -> str:
    table = AsciiTable([[str(cell) for cell in row] for row in rows])
    table.justify_columns = dict.fromkeys(range(1, len(rows[0])), 'right')
    return table.table


def _number(value: float) -> str:
    return '-' if np.isnan(value) else f'{value:.2f}'
