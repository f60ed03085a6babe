"""The sections of the page. Text that comes from people or files is escaped."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from next_steps import NextStep
from steps import Step

from report.charts import class_bars, draw_loss, draw_quality, quality, read_scalars
from report.found import found_with_words
from report.frame import whole_page
from report.pictures import chart
from report.predictions import pairs
from seg.datasets import ShapesOpenPanopticDataset
from seg.runtime.whole_files import write_whole
from seg.text_classifier import load_classifier
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.report.similarity_map import draw_similarity


def write_report(
    out: Path,
    data: Path,
    picture: Path,
    steps: Sequence[Step],
    words: tuple[str, str],
    next_steps: Sequence[NextStep],
) -> Path:
    """Write ``report.html``.

    Args:
        out: The demo's folder, with ``results.json``, ``predictions/`` and ``training/`` in it.
        data: The data set's folder.
        picture: The picture that was segmented with words, of which ``out`` has the result.
        steps: The commands that were run.
        words: The words of the command line, for things and for stuff.
        next_steps: What to try next.

    Returns:
        The file.
    """
    results = json.loads((out / 'results.json').read_text())
    classes = ShapesOpenPanopticDataset.METAINFO['classes']
    classifier = load_classifier('shapes_clip_ShapesOpenPanopticDataset', classes=classes)
    names = [own[0] for own in split_classes(classes)]
    losses, scores = read_scalars(out / 'training')
    similarity = draw_similarity(classifier, names, sort=True)
    parts = [
        _numbers(results['summary'], results['classes']),
        _section(
            'words',
            'A picture and words',
            found_with_words(out, picture, words),
        ),
        _section(
            'next',
            'What to try next',
            '<p>In the folder where the demo was started, with the environment of RPS active.</p>',
            _commands_to_copy(next_steps),
        ),
        _section(
            'classes',
            'Panoptic quality of each class',
            f'<p>The same model on {len(pictures_of(data))} pictures. ',
            '<span class="key seen">seen in training</span> <span class="key unseen">unseen</span></p>',
            class_bars(results['classes']),
        ),
        _section('pictures', 'Predictions and ground truth', pairs(out, data)),
        _section(
            'training',
            'A short training',
            '<p>Another model, from random weights over the frozen CLIP, minutes on a CPU: how learning begins.</p>',
            '<div class="grid">',
            chart(draw_loss(losses), 'Loss of the training by step', _fell(losses)),
            chart(draw_quality(scores), 'PQ of seen and unseen classes by epoch', _rose(scores)),
            '</div>',
        ),
        _section(
            'classifier',
            'The text classifier',
            '<p>How alike the words of every two classes are to CLIP, which never sees a picture for this. '
            'Similar classes stand side by side.</p>',
            chart(
                similarity,
                f'Cosine between every two of the {len(names)} classes, as a map',
                'Enlarged, it shows the names of the classes.',
                wide=True,
            ),
        ),
        _section('commands', 'What was run', _commands(steps)),
    ]
    page = out / 'report.html'
    write_whole(page, whole_page(''.join(parts)).encode())
    return page


def pictures_of(data: Path) -> list[dict]:
    """The validation pictures, as their annotation file lists them."""
    return json.loads((data / 'ade20k_panoptic_val.json').read_text())['images']


def _section(id: str, title: str, *parts: str) -> str:
    return (
        f'<section aria-labelledby="{id}"><h2 id="{id}">{title}</h2>\n{"".join(parts)}</section>\n'
    )


def _numbers(summary: dict, classes: Sequence[dict]) -> str:
    unseen = sum(not own['is_seen'] for own in classes)
    cells = (
        (summary['PQ_seen'], f'PQ of the {len(classes) - unseen} classes seen in training'),
        (summary['PQ_unseen'], f'PQ of {unseen} classes that it has not seen'),
        (summary['PQ_st'], 'PQ of stuff: sky, sand, ...'),
    )
    rows = ''.join(
        f'<div><dt>{name}</dt><dd class="number">{quality(value)}</dd></div>'
        for value, name in cells
    )
    return (
        f'<dl class="numbers">{rows}</dl>\n<p class="quiet">PQ is panoptic quality, from 0 to 100: '
        'whether each segment is found, has the right name and the right pixels.</p>\n'
    )


def _fell(losses: Sequence[tuple[int, float]]) -> str:
    steps, last = losses[-1]
    before = f'from {losses[0][1]:.1f} to ' if len(losses) > 1 else ''
    return f'Loss: {before}{last:.1f} in {_counted(steps, "step")}.'


def _rose(scores: Sequence[tuple[int, float, float]]) -> str:
    epoch, seen, unseen = scores[-1]
    return f'PQ after {_counted(epoch, "epoch")}: {quality(seen)} seen, {quality(unseen)} unseen.'


def _commands_to_copy(next_steps: Sequence[NextStep]) -> str:
    rows = ''.join(
        f'<li>{escape(what)}<div class="command">{_code(command)}'
        '<button type="button" data-copy hidden>Copy</button></div></li>'
        for what, command in next_steps
    )
    return f'<ol class="next">{rows}</ol><p role="status" class="quiet" id="status"></p>'


def _commands(steps: Sequence[Step]) -> str:
    rows = ''.join(
        f'<li>{escape(step.title)} <span class="quiet time">{step.seconds:.0f} s'
        f'{f", reused from {step.reused}" if step.reused else ""}</span>'
        f'<div class="command">{_code(step.command)}</div></li>'
        for step in steps
    )
    return f'<ol class="next">{rows}</ol>'


def _code(command: str) -> str:
    """A command that breaks between its words alone."""
    return f'<code>{" ".join(f"<span>{escape(word)}</span>" for word in command.split(" "))}</code>'


def _counted(number: int, noun: str) -> str:
    return f'{number:,} {noun}{"" if number == 1 else "s"}'
