"""What was measured on test sets: kept from run to run, and shown as one table."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from terminaltables import AsciiTable, GithubFlavoredMarkdownTable

from seg.runtime.whole_files import write_whole

#: The columns, which are empty where a test set does not have them.
COLUMNS = (
    *('PQ', 'SQ', 'RQ', 'PQ_seen', 'PQ_unseen'),
    *('mIoU', 'mIoU_seen', 'mIoU_unseen', 'AP', 'AP_seen', 'AP_unseen'),
)


@dataclass(frozen=True)
class Measured:
    """One test set.

    Attributes:
        name: Its name.
        model: Digest of config, checkpoint and runtime.
        key: Digest of all that decides the results; the same key, the same results.
        metrics: The results by name; none if it failed.
        images: Number of pictures.
        seconds: What the test took.
        seen: How many classes training has seen.
        classes: How many there are.
        error: Why there are no results, in one line; empty if there are.
    """

    name: str
    model: str
    key: str
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    images: int = 0
    seconds: float = 0.0
    seen: int = 0
    classes: int = 0
    error: str = ''


def read_measured(file: Path) -> dict[tuple[str, str], Measured]:
    """What earlier runs measured, by model and test set; nothing where there is no such file.

    Raises:
        ValueError: If the file is none that :func:`write_measured` wrote.
    """
    try:
        rows = [Measured(**own) for own in json.loads(file.read_bytes())['test_sets']]
        return {(own.model, own.name): own for own in rows}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f'{file} holds no results of test sets ({error!r}); remove it, or give another --work-dir'
        ) from None


def write_measured(file: Path, measured: Iterable[Measured], model: str) -> None:
    """Write results as JSON, and those of one model as a table in Markdown beside it, each file whole."""
    rows = list(measured)
    file.parent.mkdir(parents=True, exist_ok=True)
    content = dict(test_sets=[asdict(own) for own in rows])
    write_whole(file, (json.dumps(content, indent=1) + '\n').encode())
    write_whole(
        file.with_suffix('.md'),
        (markdown(own for own in rows if own.model == model) + '\n').encode(),
    )


def table(measured: Iterable[Measured]) -> str:
    """The results as a table for a terminal."""
    found = AsciiTable(_cells(list(measured)))
    found.justify_columns = dict.fromkeys(range(1, len(found.table_data[0])), 'right')
    return found.table


def markdown(measured: Iterable[Measured]) -> str:
    """The results as a table in Markdown."""
    return GithubFlavoredMarkdownTable(_cells(list(measured))).table


def _cells(measured: list[Measured]) -> list[list[str]]:
    done = [own for own in measured if not own.error]
    columns = [key for key in COLUMNS if any(key in own.metrics for own in done)]
    rows = [['test set', *columns, 'seen', 'images', 'images/s']]
    for own in measured:
        numbers = [_number(own.metrics.get(key)) for key in columns]
        if own.error:
            rows.append([own.name, *numbers, '-', '-', '-'])
            continue
        speed = own.images / own.seconds if own.seconds else 0
        rows.append(
            [own.name, *numbers, f'{own.seen} of {own.classes}', f'{own.images}', f'{speed:.1f}']
        )
    return rows


def _number(value: float | None) -> str:
    return '-' if value is None else f'{value:.2f}'
