"""What a training logged: curves of its losses and results, and the time of its steps."""

import difflib
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Curve:
    """Values of a key over a training.

    Attributes:
        steps: Iterations; epochs of results that were measured after epochs.
        values: As many.
        axis: 'iteration' or 'epoch'.
    """

    steps: list[int]
    values: list[float]
    axis: str


def find_log(path: Path) -> Path:
    """The log that a path means: itself, or the newest in a work folder.

    Args:
        path: A file of mmengine's, ``vis_data/scalars.json`` say, or a work folder.

    Raises:
        FileNotFoundError: If there is none.
    """
    if path.is_dir():
        logs = sorted(path.rglob('scalars.json'), key=lambda file: file.stat().st_mtime)
        if not logs:
            raise FileNotFoundError(f'{path} holds no scalars.json of a training')
        return logs[-1]
    if not path.is_file():
        raise FileNotFoundError(f'log {path} does not exist')
    return path


def read_log(file: Path) -> list[Record]:
    """The records of a log, one a line. A last line that a kill has cut is left out.

    Raises:
        ValueError: If a line before it is no record, or there is none.
    """
    lines = file.read_text(encoding='utf-8', errors='replace').splitlines()
    records: list[Record] = []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
            if number == len(lines) and records:
                break
        if not isinstance(record, dict):
            raise ValueError(
                f'{file} is no log in JSON: line {number} is no record; give vis_data/scalars.json of a work folder'
            )
        records.append(record)
    if not records:
        raise ValueError(f'{file} is empty: nothing was logged')
    return records


def curve(records: Sequence[Record], key: str, start_epoch: int = 1) -> Curve:
    """The values of a loss or a result.

    Args:
        records: Of a log.
        key: As logged, ``loss`` or ``PQ``; the part before a '/' may be left out, ``bbox_mAP``.
        start_epoch: Earlier epochs are left out. Defaults to 1.

    Raises:
        ValueError: If no record has it; names those that there are.
    """
    training = [record for record in records if 'iter' in record]
    by_epoch = any('epoch' in record for record in training)
    kinds = ((training, 'iteration'), (_results(records), 'epoch' if by_epoch else 'iteration'))
    for own, axis in kinds:
        points = [
            (int(record['step']), float(value), int(record.get('epoch') or record['step']))
            for record in own
            if (value := _value(record, key)) is not None
        ]
        if points:
            shown = [point for point in points if not by_epoch or point[2] >= start_epoch]
            return Curve([step for step, *_ in shown], [value for _, value, _ in shown], axis)
    known = sorted({name for record in records for name in record})
    near = difflib.get_close_matches(key, known, n=3)
    hint = f'did you mean {" or ".join(near)}?' if near else f'there are {", ".join(known)}'
    raise ValueError(f'the log has no {key!r}; {hint}')


def step_times(records: Sequence[Record], *, include_outliers: bool = False) -> dict[int, float]:
    """Mean seconds of a step in each epoch; without epochs, as if of one.

    Args:
        records: Of a log.
        include_outliers: Count each epoch's first record too, which has the start of the data workers in it.

    Raises:
        ValueError: If no epoch has a time.
    """
    times: dict[int, list[float]] = {}
    for record in records:
        if 'iter' in record and 'time' in record:
            times.setdefault(record.get('epoch', 1), []).append(record['time'])
    skipped = 0 if include_outliers else 1
    means = {
        epoch: statistics.fmean(own[skipped:]) for epoch, own in times.items() if len(own) > skipped
    }
    if not means:
        raise ValueError(
            'the log has at most one time of each epoch; --include-outliers counts it, a smaller '
            'default_hooks.logger.interval logs more'
        )
    return means


def _results(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if 'iter' not in record and 'step' in record]


def _value(record: Record, key: str) -> Any:
    if key in record:
        return record[key]
    return next((value for name, value in record.items() if name.rpartition('/')[2] == key), None)
