"""How a result is shown: the picture, whose segments can be pointed at, the table, and files to download."""

import base64
import html
import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
from PIL import Image

from page.answer import Found
from page.neighbours import Neighbour
from page.texts import Texts, counted
from seg.panoptic.segmentation import Segmentation
from seg.panoptic.segments import Segment
from seg.runtime.whole_files import write_whole

_MOST_NAMED = 12  # segments in the picture's description


def at_least(segmentation: Segmentation, least: float) -> Segmentation:
    """The segments whose score, as the page writes it, is not below ``least``; no others have pixels."""
    kept = [n for n, segment in enumerate(segmentation) if not round(segment.score, 2) < least]
    places = np.full(len(segmentation) + 1, -1, np.int32)  # the last one is that of no segment
    places[kept] = np.arange(len(kept))
    segments = [segmentation[n] for n in kept]
    return replace(segmentation, index=places[segmentation.index], segments=segments)


class Shown(NamedTuple):
    """A result as HTML.

    Attributes:
        picture: The picture, whose segments can be pointed at.
        details: The table of the segments, and files to download.
    """

    picture: str
    details: str


def show(found: Found, least: float, only_outlines: bool, folder: Path, say: Texts) -> Shown:
    """Show a result, and lay its files.

    Args:
        found: What a press found.
        least: The score from which on segments are shown.
        only_outlines: Whether the picture keeps its colours.
        folder: Where its files are laid, which the page serves.
        say: The texts of the visitor's language.
    """
    shown = at_least(found.segmentation, least)
    own = Path(tempfile.mkdtemp(dir=folder))
    picture = own / 'segments.png'
    drawn = shown.plot(0) if only_outlines else shown.plot()
    drawn.save(picture, compress_level=3)
    write_whole(own / 'segments.json', json.dumps(shown.to_dict(), indent=1).encode())
    note = ''
    if len(shown) < len(found.segmentation):
        everything = counted(say['segment_count'], len(found.segmentation))
        text = say['shown'].format(shown=len(shown), all=everything, least=least)
        note = f'<p class="rps-note">{text}</p>'
    details = _table(shown, found.nearest, say) + _files(own, found.query, say)
    return Shown(_picture(shown, picture, say) + note, details)


def label_map(index: np.ndarray) -> bytes:
    """The segment of each pixel as PNG: red + 256 green is its number + 1, 0 for none."""
    codes = index + 1
    pixels = np.stack([codes % 256, codes // 256, np.zeros_like(codes)], -1).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, 'PNG', compress_level=3)
    return content.getvalue()


def _picture(shown: Segmentation, file: Path, say: Texts) -> str:
    height, width = shown.index.shape
    names = ', '.join(shown.names[:_MOST_NAMED]) + (', …' if len(shown) > _MOST_NAMED else '')
    segments = counted(say['segment_count'], len(shown))
    alt = html.escape(say['alt'].format(segments=segments, names=names))
    coded = base64.b64encode(label_map(shown.index)).decode()
    return (
        f'<figure class="rps-picture"><div class="rps-stage" style="--ratio:{width / height:.4f}">'
        f'<img src="{_address(file)}" alt="{alt}" width="{width}" height="{height}">'
        f'<canvas width="{width}" height="{height}" aria-hidden="true"></canvas>'
        f'<img class="rps-map" src="data:image/png;base64,{coded}" alt="" hidden>'
        f'<div class="rps-tip" aria-hidden="true" hidden></div></div>'
        f'<figcaption>{say["how"]}</figcaption></figure>'
    )


def _table(shown: Segmentation, nearest: dict[int, list[Neighbour]], say: Texts) -> str:
    if not len(shown):
        return ''
    rows = [
        _row(number, segment, colour, nearest[segment.label], say)
        for number, (segment, colour) in enumerate(zip(shown, shown.colours.tolist(), strict=True))
    ]
    columns = [say[key] for key in ('name', 'kind', 'score', 'share')]
    head = ''.join(f'<th scope="col">{column}</th>' for column in columns)
    return (
        f'<table class="rps-segments"><thead><tr>{head}</tr></thead>'
        f'<tbody>{"".join(rows)}</tbody></table>'
    )


def _row(
    number: int, segment: Segment, colour: list[int], nearest: list[Neighbour], say: Texts
) -> str:
    """A row of the table: a button that shows the segment, in the colour that it has in the picture."""
    red, green, blue = colour
    why = ''
    if nearest:
        words = ', '.join(f'{html.escape(name)} {cosine:.2f}' for name, cosine in nearest)
        why = f'<small hidden>{say["nearest"].format(words=words)}</small>'
    return (
        f'<tr data-segment="{number}"><td><button type="button" aria-expanded="false">'
        f'<span class="rps-colour" style="background:rgb({red},{green},{blue})"></span>'
        f'{html.escape(segment.name)}</button>{why}</td>'
        f'<td>{say["thing" if segment.is_thing else "stuff_kind"]}</td>'
        f'<td>{segment.score:.2f}</td><td>{100 * segment.mask.mean():.1f} %</td></tr>'
    )


def _files(folder: Path, query: str | None, say: Texts) -> str:
    links = [
        f'<a href="{_address(folder / f"segments.{kind}")}" download="segments.{kind}">'
        f'{say[kind]}</a>'
        for kind in ('png', 'json')
    ]
    if query is None:
        link = f'<span>{say["long_link"]}</span>'
    else:
        link = f'<a href="{html.escape(query)}" class="rps-link" target="_blank">{say["link"]}</a>'
    return f'<p class="rps-files">{" ".join([*links, link])}</p>'


def _address(file: Path) -> str:
    return f'gradio_api/file={quote(str(file))}'
