"""What a first visit is told: what the page is for, and what its model knows."""

import html
from collections.abc import Sequence

from page.texts import Texts, counted
from seg.runtime.project_files import how_to_run
from seg.text_classifier.candidates import split_candidates

_MOST_NAMED = 200


def introduction(trained_on: Sequence[str], only_shapes: bool, say: Texts) -> str:
    """The head of the page as HTML.

    Args:
        trained_on: Classes of the model's training.
        only_shapes: Whether they are those of the world of drawn shapes.
        say: The texts of the visitor's language.
    """
    names = [html.escape(split_candidates(own)[0]) for own in trained_on[:_MOST_NAMED]]
    listed = ', '.join(names) + (', …' if len(trained_on) > _MOST_NAMED else '')
    summary = say['known'].format(count=counted(say['class'], len(trained_on)))
    command = html.escape(how_to_run('demo/app.py'))
    note = f'<p>{say["only_shapes"].format(command=command)}</p>' if only_shapes else ''
    return (
        f'<div class="rps-introduction">{say["introduction"]}{note}'
        f'<details><summary>{summary}</summary><p>{listed}</p></details></div>'
    )
