"""One picture of the page, with what is to be said of it."""

import math
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from seg.datasets.browse.classes import BrowsedClass
from seg.datasets.browse.draw import Drawn
from seg.datasets.browse.entries import Entry
from seg.datasets.browse.examine import Examined
from seg.panoptic.colours import class_colour


def figure(
    entry: Entry, examined: Examined, drawn: Drawn, classes: Sequence[BrowsedClass], link: str
) -> str:
    """A picture with its segments, what is odd about it, and a list of them.

    Args:
        entry: The picture.
        examined: What was found of it.
        drawn: As it is drawn.
        classes: The classes.
        link: Path from the page to the picture's file.
    """
    kinds = dict.fromkeys(finding.kind for finding in examined.findings)
    labels = dict.fromkeys(map(str, examined.labels.tolist()))
    reasons = ''.join(f'<li>{escape(finding.text)}</li>' for finding in examined.findings)
    why = f'<ul class="why small">{reasons}</ul>' if reasons else ''
    segments = sum(1 for id in drawn.regions if id in entry.segments)
    facts = [
        f'{entry.size[0]} × {entry.size[1]}',
        f'{segments} segment{"" if segments == 1 else "s"}',
    ]
    if examined.void:
        facts.append(f'{percent(examined.void / examined.pixels)} void')
    # './' so that no name of a file is taken for the beginning of an address.
    file = quote(link if link.startswith(('/', '.')) else f'./{link}', errors='surrogateescape')
    name = escape(entry.name)
    return (
        f'<figure{" class=odd" if kinds else ""} data-classes="{" ".join(labels)}" data-kinds="{" ".join(kinds)}" '
        f'data-title="{name}">{_images(entry.name, drawn)}<figcaption><a href="{escape(file)}"><bdi>{name}</bdi></a> '
        f'<span class="quiet small facts">{" · ".join(facts)}</span>{why}'
        f'{_segment_list(entry, examined, drawn, classes)}</figcaption></figure>\n'
    )


def percent(share: float) -> str:
    """``3.2%``; small shares keep a digit that is not 0."""
    value = 100 * share
    if value == 0 or value >= 9.95:
        return f'{value:.0f}%'
    if value < 0.001:
        return 'under 0.001%'
    return f'{value:.{max(1, -math.floor(math.log10(value)))}f}%'


def colour(label: int, is_thing: bool) -> str:
    """The colour in which a class is drawn, for CSS; neighbours are drawn in shades of it."""
    blue, green, red = class_colour(label, is_thing)
    return f'#{red:02x}{green:02x}{blue:02x}'


def _images(name: str, drawn: Drawn) -> str:
    if not drawn.plain and not drawn.drawn:
        return '<div class="missing">nothing to show</div>'
    both = ' twin' if drawn.plain and drawn.drawn else ''
    alone = '' if drawn.drawn else ' alone'
    images = ''
    if drawn.drawn:
        images = _image(drawn.drawn, f'drawn{both}', f'{name} with its segments', drawn.size)
    if drawn.plain:
        images += _image(drawn.plain, f'plain{alone}', f'{name} without segments', None)
    return images


def _image(jpeg: bytes, kind: str, text: str, size: tuple[int, int] | None) -> str:
    sides = f' width="{size[0]}" height="{size[1]}"' if size else ''
    code = b64encode(jpeg).decode()
    return (
        f'<img class="{kind}" alt="{escape(text)}"{sides} loading="lazy" decoding="async" '
        f'src="data:image/jpeg;base64,{code}">'
    )


def _segment_list(
    entry: Entry, examined: Examined, drawn: Drawn, classes: Sequence[BrowsedClass]
) -> str:
    rows = []
    for id, region in sorted(drawn.regions.items(), key=lambda own: -own[1].area):
        if not id:
            continue
        listed = entry.segments.get(id)
        swatch, name = '', f'id {id}, in no list'
        if listed is not None:
            name = f'id {id}, no class'
            if listed.label >= 0:
                own = classes[listed.label]
                swatch = f'<span class="swatch" style="background:{colour(listed.label, own.is_thing)}"></span>'
                name = escape(own.label) + (', crowd' if listed.is_crowd else '')
        share = percent(region.area / examined.pixels)
        rows.append(
            f'<li>{swatch}{name} <span class="quiet">{region.area:,} px, {share}</span></li>'
        )
    if not rows:
        return ''
    return f'<details><summary class="small">Segments</summary><ul class="segments">{"".join(rows)}</ul></details>'
