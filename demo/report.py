"""What the demo saw, as one page of HTML that holds its pictures and needs no network."""

import base64
import contextlib
import html
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from steps import Step

from seg.datasets import ShapesOpenPanopticDataset
from seg.panoptic.panoptic_map import instance_offset
from seg.panoptic.png import read_panoptic_png
from seg.panoptic.segmentation import Segmentation
from seg.runtime.image_files import read_image
from seg.runtime.whole_files import write_whole
from seg.text_classifier import load_classifier
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.report.similarity_map import draw_similarity

PICTURES = 8
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
img { max-width: 100%; } .pairs { display: grid; grid-template-columns: repeat(4, 1fr); gap: .5rem; }
figure { margin: 0; } figcaption { font-size: .8rem; color: #555; }
.numbers { display: flex; gap: 3rem; } .numbers b { display: block; font-size: 2.5rem; }
table { border-collapse: collapse; } td { padding: .2rem .8rem .2rem 0; vertical-align: top; }
code { font-size: .85rem; overflow-wrap: anywhere; }
"""


def write_report(out: Path, data: Path, picture: Path, steps: Sequence[Step], words: str) -> Path:
    """Write ``report.html``.

    Args:
        out: The demo's folder, with ``results.json``, ``predictions/`` and ``training/`` in it.
        data: The data set's folder.
        picture: What the words of the command line found.
        steps: The commands that were run.
        words: The words of the command line.

    Returns:
        The file.
    """
    results = json.loads((out / 'results.json').read_text())
    classes = ShapesOpenPanopticDataset.METAINFO['classes']
    classifier = load_classifier('shapes_clip_ShapesOpenPanopticDataset', classes=classes)
    names = [own[0] for own in split_classes(classes)]
    parts = [
        '<h1>RPS: panoptic segmentation with words as classes</h1>',
        _headline(results['summary']),
        '<h2>Words that did not appear in training</h2>',
        f'<p>Things: <em>{html.escape(words)}</em></p>',
        _image(picture.read_bytes(), 'the picture with its segments'),
        '<h2>Panoptic quality of each class</h2>',
        '<p>The model that comes with RPS. Blue: classes of training; orange: classes it has not seen.</p>',
        _figure(draw_classes(results['classes']), 'PQ of each class'),
        '<h2>Predictions and ground truth</h2>',
        _pairs(out, data),
        '<h2>A short training</h2>',
        '<p>From random weights over the frozen CLIP, minutes on a CPU: how learning begins.</p>',
        _figure(draw_learning(*read_scalars(out / 'training')), 'loss and PQ of the training'),
        '<h2>The text classifier</h2>',
        '<p>Cosine between the classes; similar ones stand side by side.</p>',
        _figure(draw_similarity(classifier, names, sort=True), 'similarity of the classes'),
        '<h2>Commands</h2>',
        _commands(steps),
    ]
    page = out / 'report.html'
    content = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>RPS demo</title>'
        f'<style>{_STYLE}</style><body>{"".join(parts)}</body></html>\n'
    )
    write_whole(page, content.encode())
    return page


def draw_classes(classes: Sequence[dict]) -> Figure:
    """Bars of the PQ of each class that occurs, the best first, seen and unseen in two colours."""
    found = sorted((c for c in classes if c['PQ'] is not None), key=lambda c: -c['PQ'])
    figure = Figure(figsize=(11, 4), dpi=110, layout='constrained')
    axes = figure.add_subplot()
    colours = ['tab:blue' if c['is_seen'] else 'tab:orange' for c in found]
    axes.bar(range(len(found)), [c['PQ'] for c in found], color=colours)
    axes.set_xticks(range(len(found)), [c['name'] for c in found], rotation=90, fontsize=8)
    axes.set_ylabel('PQ')
    axes.set_ylim(0, 100)
    axes.margins(x=0.01)
    return figure


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


def draw_learning(
    losses: Sequence[tuple[int, float]], scores: Sequence[tuple[int, float, float]]
) -> Figure:
    """Loss by step, and PQ of seen and unseen classes by epoch."""
    figure = Figure(figsize=(11, 3.2), dpi=110, layout='constrained')
    left, right = figure.subplots(1, 2)
    left.plot(*zip(*losses, strict=True), color='tab:gray')
    left.set_xlabel('step')
    left.set_ylabel('loss')
    epochs, seen, unseen = zip(*scores, strict=True)
    right.plot(epochs, seen, marker='o', color='tab:blue', label='seen')
    right.plot(epochs, unseen, marker='o', color='tab:orange', label='unseen')
    right.set_xticks(epochs)
    right.set_xlabel('epoch')
    right.set_ylabel('PQ')
    right.set_ylim(0)
    right.legend()
    return figure


def true_segmentation(sample: dict, classes: Sequence[str], num_things: int) -> Segmentation:
    """The segments that a picture's annotation has."""
    ids = read_panoptic_png(sample['seg_map_path'])
    codes = np.full(ids.shape, len(classes))
    offset = instance_offset(len(classes))
    for number, segment in enumerate(sample['segments_info'], start=1):
        codes[ids == segment['id']] = segment['category'] + offset * number
    return Segmentation.from_mmdet(read_image(sample['img_path']), codes, {}, classes, num_things)


def _headline(summary: dict) -> str:
    numbers = ''.join(
        f'<div><b>{summary[key]:.1f}</b>{name}</div>'
        for key, name in (
            ('PQ_seen', 'PQ, classes seen in training'),
            ('PQ_unseen', 'PQ, unseen classes'),
            ('PQ_st', 'PQ, stuff'),
        )
    )
    return f'<div class="numbers">{numbers}</div>'


def _pairs(out: Path, data: Path) -> str:
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools tells what it does
        dataset = ShapesOpenPanopticDataset(
            data_root=str(data),
            ann_file='ade20k_panoptic_val.json',
            data_prefix=dict(img='images/validation/', seg='ade20k_panoptic_val/'),
            test_mode=True,
        )
    meta = dataset.metainfo
    cells = []
    for number in range(min(PICTURES, len(dataset))):
        sample = dataset.get_data_info(number)
        truth = true_segmentation(sample, meta['classes'], len(meta['thing_classes'])).plot()
        predicted = Image.open(out / 'predictions' / f'{Path(sample["img_path"]).name}.png')
        for drawn, caption in ((predicted, 'prediction'), (truth, 'truth')):
            content = io.BytesIO()
            drawn.resize((480, 480)).save(content, 'JPEG')
            picture = _image(content.getvalue(), caption, 'jpeg')
            cells.append(f'<figure>{picture}<figcaption>{caption}</figcaption></figure>')
    return f'<div class="pairs">{"".join(cells)}</div>'


def _commands(steps: Sequence[Step]) -> str:
    rows = ''.join(
        f'<tr><td>{step.seconds:.0f} s</td><td>{html.escape(step.title)}<br>'
        f'<code>{html.escape(step.command)}</code></td></tr>'
        for step in steps
    )
    return f'<table>{rows}</table>'


def _figure(figure: Figure, text: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png')
    return _image(buffer.getvalue(), text)


def _image(content: bytes, text: str, kind: str = 'png') -> str:
    code = base64.b64encode(content).decode()
    return f'<img alt="{html.escape(text)}" src="data:image/{kind};base64,{code}">'
