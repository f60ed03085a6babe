"""What to try after the demo."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from seg.runtime.project_files import how_to_run

WORDS = 'scarlet disc; amber ring; violet wedge'
STUFF = 'grass; sky; sand; water'


class NextStep(NamedTuple):
    """Something to try, and its command."""

    what: str
    command: str


def next_steps(options: Mapping[str, object], data: Path, config: str) -> list[NextStep]:
    """What to try after the demo; other words come first.

    Args:
        options: Of the demo, those that have not their default: without them it would train again.
        data: The data set's folder.
        config: Of the model.
    """
    kept = ''.join(
        f'--{name.replace("_", "-")} {shlex.quote(str(value))} ' for name, value in options.items()
    )
    picture = shlex.quote(as_written(data / 'images/validation/ADE_val_00000001.jpg'))
    return [
        NextStep(
            'Other words. Nothing is trained again:',
            f'{how_to_run("demo/demo.py")} {kept}--classes {shlex.quote(WORDS)}',
        ),
        NextStep(
            'Another picture, and a JSON file of what is in it:',
            f'{how_to_run("demo/image_demo.py")} {picture} {config} embedded '
            f'--classes {shlex.quote(WORDS)} --stuff {shlex.quote(STUFF)}',
        ),
        NextStep('Pictures and words of your own, on a page:', how_to_run('demo/app.py')),
        NextStep(
            'Data of your own: LABELS and PICTURES are folders of yours.',
            f'{how_to_run("tools/prepare_data.py")} LABELS data/mine --images PICTURES',
        ),
        NextStep(
            'A model trained on these data:',
            f'{how_to_run("tools/train.py")} configs/own/regnet.py --data data/mine',
        ),
    ]


def as_written(path: Path) -> str:
    """A path as a person would write it in the current folder."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
