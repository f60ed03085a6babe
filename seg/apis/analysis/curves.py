"""Curves of trainings, as a figure."""

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib import style as styles

from seg.apis.analysis.train_log import Curve
from seg.apis.analysis.windows import require_screen
from seg.runtime.output_files import require_new
from seg.runtime.whole_files import write_whole


def plot(
    curves: Sequence[tuple[str, Curve]],
    out: Path | None,
    *,
    title: str | None = None,
    style: str | None = None,
    backend: str | None = None,
) -> None:
    """Draw curves into one figure; those of iterations and those of epochs have an axis each.

    Args:
        curves: Each with its name in the legend.
        out: The file; None opens a window.
        title: Of the figure.
        style: One of matplotlib's.
        backend: One of matplotlib's.

    Raises:
        ValueError: If style, backend or the kind of file is unknown, or there is no screen.
        FileExistsError: If the file is there.
    """
    if style is not None and style not in styles.available:
        raise ValueError(f'--style {style} is none of {", ".join(styles.available)}')
    if out is not None:
        kinds = plt.gcf().canvas.get_supported_filetypes()
        if out.suffix[1:].lower() not in kinds:
            raise ValueError(f'--out {out} should end in one of .{", .".join(kinds)}')
        require_new(out, '--out')
    if backend is not None:
        plt.switch_backend(backend)
    if out is None:
        require_screen('--out FILE')
    with styles.context(style or 'default'):
        _draw(curves, title)
        if out is None:
            plt.show()
        else:
            content = io.BytesIO()
            plt.savefig(content, format=out.suffix[1:].lower(), bbox_inches='tight')
            write_whole(out, content.getvalue())
    plt.close()


def _draw(curves: Sequence[tuple[str, Curve]], title: str | None) -> None:
    kinds = list(dict.fromkeys(own.axis for _, own in curves))
    figure, axes = plt.subplots(len(kinds), squeeze=False, figsize=(8, 4 * len(kinds)))
    for axis, kind in zip(axes[:, 0], kinds, strict=True):
        for name, own in curves:
            if own.axis == kind:
                marker = 'o' if len(own.steps) < 100 else ''
                axis.plot(own.steps, own.values, label=name, marker=marker, markersize=3)
        axis.set_xlabel(kind)
        axis.legend()
    if title:
        figure.suptitle(title)
