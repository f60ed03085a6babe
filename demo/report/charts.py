"""Numbers as bars and curves."""

import json
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

SEEN, UNSEEN = '#2f6fb5', '#b85c00'


def class_bars(classes: Sequence[dict]) -> str:
    """A bar for the PQ of each class that occurs, the best first, as HTML.

    Args:
        classes: ``name``, ``PQ`` (None where it does not occur) and ``is_seen`` of each.
    """
    found = sorted((c for c in classes if c['PQ'] is not None), key=lambda c: -c['PQ'])
    rows = ''.join(
        f'<li class="{"seen" if c["is_seen"] else "unseen"}"><span>{escape(c["name"])}</span>'
        f'<span class="bar"><i style="width:{c["PQ"]:.1f}%"></i></span>'
        f'<span class="value">{c["PQ"]:.1f}{"" if c["is_seen"] else "<small> unseen</small>"}</span></li>\n'
        for c in found
    )
    return f'<ol class="bars">{rows}</ol>'


def quality(value: float | None) -> str:
    """A PQ as people read it; a dash where no such class occurs."""
    return '–' if value is None or math.isnan(value) else f'{value:.1f}'


def read_scalars(work_dir: Path) -> tuple[list[tuple[int, float]], list[tuple[int, float, float]]]:
    """What mmengine logged of the latest training in a folder.

    Returns:
        (step, loss) of training, and (epoch, PQ seen, PQ unseen) of validation.
    """
    latest = max(work_dir.glob('*/vis_data/scalars.json'))
    lines = [json.loads(line) for line in latest.read_text().splitlines()]
    losses = [(line['step'], line['loss']) for line in lines if 'loss' in line]
    scores = [(line['step'], line['PQ_seen'], line['PQ_unseen']) for line in lines if 'PQ' in line]
    return losses, scores


def draw_loss(losses: Sequence[tuple[int, float]]) -> Figure:
    """Loss by step."""
    figure, axes = _small_figure('step', 'loss')
    axes.plot(*zip(*losses, strict=True), color='0.25', linewidth=2, marker='.')
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(0)
    return figure


def draw_quality(scores: Sequence[tuple[int, float, float]]) -> Figure:
    """PQ of seen and unseen classes by epoch."""
    figure, axes = _small_figure('epoch', 'PQ')
    epochs, seen, unseen = zip(*scores, strict=True)
    axes.plot(epochs, seen, marker='o', color=SEEN, label='seen')
    axes.plot(epochs, unseen, marker='s', linestyle='--', color=UNSEEN, label='unseen')
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(0, 100)
    axes.legend()
    return figure


def _small_figure(across: str, up: str) -> tuple:
    """A figure whose text can be read on a phone."""
    figure = Figure(figsize=(5, 3.2), dpi=160, layout='constrained')
    axes = figure.add_subplot()
    axes.set_xlabel(across, fontsize=12)
    axes.set_ylabel(up, fontsize=12)
    axes.tick_params(labelsize=12)
    axes.grid(alpha=0.3)
    return figure, axes
