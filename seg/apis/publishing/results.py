"""The results that a model card shows: those of an evaluation, or of the validation in training."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seg.runtime.checkpoints.reading import read_checkpoint

_PREFIX = 'val/'


def results_of_file(file: Path, classes: Sequence[str] | None = None) -> dict[str, Any]:
    """The summary of a ``results_file`` of ``PanopticQualityMetric``.

    Args:
        file: The file.
        classes: First names of the classes that were evaluated. Defaults to any.

    Raises:
        FileNotFoundError: If it is not there.
        ValueError: If it is none, or of other classes.
    """
    try:
        content = json.loads(file.read_text(encoding='utf-8'))
        summary = content['summary']
        found = [own['name'] for own in content['classes']] if classes is not None else None
    except FileNotFoundError:
        raise FileNotFoundError(f'results file {file} does not exist') from None
    except (ValueError, KeyError, TypeError):
        raise ValueError(f'{file} is no results file of an evaluation') from None
    if not isinstance(summary, dict):
        raise ValueError(f'{file} is no results file of an evaluation')
    if found is not None and found != list(classes or ()):
        raise ValueError(f'{file} has the results of other classes than the model was trained on')
    return summary


def results_of_checkpoint(checkpoint: Path, *, trust: bool = False) -> dict[str, float] | None:
    """Those of the validation after which a best checkpoint was saved.

    A checkpoint of another kind is saved before its validation and holds that of an earlier one.

    Args:
        checkpoint: The file.
        trust: Run what it asks to run.

    Returns:
        The results by name; None where the checkpoint is not ``best_*.pth`` of mmengine.
    """
    if not checkpoint.name.startswith('best_') or checkpoint.suffix != '.pth':
        return None
    hub = read_checkpoint(checkpoint, map_location='meta', trust=trust).get('message_hub')
    scalars = hub.get('log_scalars') if isinstance(hub, dict) else None
    if not isinstance(scalars, dict):
        return None
    found = {}
    for name, history in scalars.items():
        value = _last(history)
        if str(name).startswith(_PREFIX) and value is not None:
            found[str(name).removeprefix(_PREFIX)] = value
    return {name: value for name, value in found.items() if 'time' not in name} or None


def _last(history: Any) -> float | None:
    try:
        return round(float(history.current()), 4)
    except (AttributeError, TypeError, ValueError, IndexError):
        return None
