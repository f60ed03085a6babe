"""The similarity of classes as a picture."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from torch import Tensor

from seg.runtime.whole_files import write_whole
from seg.text_classifier.similarity import class_similarity

MAX_CLASSES = 2000
_MAX_LABELS = 200
_MAX_NUMBERS = 24  # the largest map whose cells have room for their cosine
_LONGEST_LABEL = 26


def draw_similarity(
    classifier: Tensor, names: Sequence[str], *, title: str = '', sort: bool = False
) -> Figure:
    """Heat map of the cosine between every two classes, the largest over their candidates.

    Colours run from the smallest cosine to 1. The picture grows with the number of classes, up to
    about 3000 pixels; beyond 200 classes only some are labelled.

    Args:
        classifier: Tensor[C, K, D] of unit rows.
        names: A name of each class.
        title: Stands above the map.
        sort: Put similar classes side by side, and not in the classifier's order.

    Returns:
        A figure for :func:`write_figure`.

    Raises:
        ValueError: If there are more classes than a picture can show.
    """
    classes = len(classifier)
    if classes > MAX_CLASSES:
        raise ValueError(
            f'a heat map of {classes} classes cannot be read; it takes {MAX_CLASSES} at most'
        )
    similarity = class_similarity(classifier).numpy()
    if sort and classes > 2:
        order = _similar_side_by_side(similarity)
        similarity, names = similarity[np.ix_(order, order)], [names[i] for i in order]
    shown = min(classes, _MAX_LABELS)
    side = 5.0 + 0.09 * shown if classes > _MAX_NUMBERS else 4.0 + 0.3 * shown  # inches
    figure = Figure(figsize=(side + 1, side), dpi=130, layout='constrained')
    axes = figure.add_subplot()
    image = axes.imshow(similarity, cmap='viridis', vmin=similarity.min(), vmax=1)
    bar = figure.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
    bar.set_label('cosine, the largest over the candidates')
    if title:
        axes.set_title(title)
    _label(axes, names, size=9 if classes <= 60 else 6.5)
    if classes <= _MAX_NUMBERS:
        _write_numbers(axes, similarity)
    return figure


def _label(axes: Axes, names: Sequence[str], size: float) -> None:
    every = -(-len(names) // _MAX_LABELS)
    ticks = range(0, len(names), every)
    labels = [_short(names[tick]) for tick in ticks]
    axes.set_xticks(ticks, labels, rotation=90, fontsize=size)
    axes.set_yticks(ticks, labels, fontsize=size)
    axes.tick_params(length=2, pad=2)


def _write_numbers(axes: Axes, similarity: np.ndarray) -> None:
    low, high = similarity.min(), 1.0
    for (row, column), cosine in np.ndenumerate(similarity):
        colour = 'white' if cosine < (low + high) / 2 else 'black'
        axes.text(column, row, f'{cosine:.2f}', ha='center', va='center', color=colour, fontsize=6)


def _similar_side_by_side(similarity: np.ndarray) -> list[int]:
    # Unchecked: products of rounded rows are not quite symmetric, nor quite 1 on the diagonal.
    distance = squareform(np.clip(1 - similarity, 0, None), checks=False)
    return leaves_list(linkage(distance, 'average')).tolist()


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_LABEL else f'{name[: _LONGEST_LABEL - 1]}…'


def write_figure(path: Path, figure: Figure) -> None:
    """Write a figure whole, in the format that the name ends with.

    Raises:
        ValueError: If matplotlib writes no such format.
        OSError: If it cannot be written.
    """
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix[1:] or 'png', bbox_inches='tight')
    write_whole(path, content.getvalue())
