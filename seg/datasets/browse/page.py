"""The page: its frame and what stands above the pictures. Text that comes from files is escaped."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from seg.datasets.browse.classes import BrowsedClass
from seg.datasets.browse.figures import colour, percent
from seg.datasets.browse.kinds import KINDS
from seg.datasets.browse.statistics import Counts
from seg.datasets.browse.style import SCRIPT, STYLE

#: What a page of ours has near its beginning, by which it is told from a person's own file.
MARK = '<meta name="generator" content="RPS browse_data">'
_LISTED = 200  # names below a kind of oddity


@dataclass(frozen=True)
class Overview:
    """What the page says of the set as a whole.

    Attributes:
        title: Name of the data set.
        sources: Its annotation files.
        splits: Names of its splits.
        counts: How much there is.
        classes: The classes.
        odd_lists: What is odd about its lists, a line each.
        odd: For each kind of oddity, the names of its pictures with what is odd, the worst kind first.
        shown: Pictures on the page, and of these the odd ones.
    """

    title: str
    sources: Sequence[str]
    splits: Sequence[str]
    counts: Counts
    classes: Sequence[BrowsedClass]
    odd_lists: Sequence[str]
    odd: Mapping[str, Sequence[tuple[str, str]]]
    shown: tuple[int, int]


def page_head(own: Overview) -> str:
    """All that stands above the pictures."""
    digest = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    sources = ', '.join(f'<code>{escape(source)}</code>' for source in own.sources)
    return ''.join(
        (
            f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n{MARK}\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<title>{escape(own.title)}: the data before training</title>\n<style>{STYLE}</style>\n<body>\n',
            f'<header><h1>{escape(own.title)}</h1>\n<p class="quiet path">{sources}</p>\n',
            '<nav aria-label="Sections"><a href="#odd">What is odd</a><a href="#classes">Classes</a>',
            '<a href="#pictures">Pictures</a></nav></header>\n<main>\n',
            _numbers(own),
            *_odd(own),
            *_classes(own),
            _controls(own),
        )
    )


def page_foot() -> str:
    """All that stands below them."""
    return (
        '</div></section></main>\n<dialog aria-label="Picture, enlarged"><div class="place"></div>'
        '<div class="caption" aria-live="polite"></div><div class="controls">'
        '<button type="button" data-step="-1">Previous</button>'
        '<button type="button" data-step="1">Next</button>'
        '<button type="button" data-toggle>Segments on or off</button>'
        '<button type="button" data-close autofocus>Close</button></div></dialog>\n'
        f'<script>{SCRIPT}</script>\n</body></html>\n'
    )


def _numbers(own: Overview) -> str:
    counts = own.counts
    splits = ', '.join(
        f'{split} {count:,}'
        for split, count in zip(own.splits, counts.pictures, strict=True)
        if split
    )
    things = sum(own_class.is_thing for own_class in own.classes)
    pictures = sum(counts.pictures)
    per_picture = f'{counts.segments / pictures:.1f} a picture' if pictures else ''
    kinds = f'{things:,} things, {len(own.classes) - things:,} stuff'
    void = percent(counts.void / counts.pixels) if counts.pixels else 'unknown'
    cells = (
        ('pictures', f'{pictures:,}', splits),
        ('segments', f'{counts.segments:,}', per_picture),
        ('classes', f'{len(own.classes):,}', kinds),
        ('void pixels', void, 'of all pixels, in no segment'),
    )
    rows = ''.join(
        f'<div><dt>{name}</dt><dd class="number">{value}</dd><dd>{escape(more)}</dd></div>'
        for name, value, more in cells
    )
    return f'<dl class="numbers">{rows}</dl>\n'


def _odd(own: Overview) -> Iterator[str]:
    yield '<section aria-labelledby="odd"><h2 id="odd">What is odd</h2>\n'
    if not own.odd and not own.odd_lists:
        yield f'<p>Nothing, in {sum(own.counts.pictures):,} pictures.</p></section>\n'
        return
    yield '<ul class="kinds">\n'
    if own.odd_lists:
        lines = ''.join(f'<li>{escape(line)}</li>' for line in own.odd_lists)
        yield f'<li><b>The set as a whole</b><ul class="small">{lines}</ul></li>\n'
    for kind, odd in own.odd.items():
        title, why = KINDS[kind]
        names = ''.join(
            f'<li><b>{escape(name)}</b>: {escape(text)}</li>' for name, text in odd[:_LISTED]
        )
        if len(odd) > _LISTED:
            names += f'<li>and {len(odd) - _LISTED:,} more</li>'
        plural = '' if len(odd) == 1 else 's'
        yield (
            f'<li><a href="#pictures" data-pick="kind {kind}"><b>{title}</b></a>: {len(odd):,} picture{plural}'
            f'<p class="quiet small">{why}</p><details class="small"><summary>Names</summary><ul>{names}</ul>'
            '</details></li>\n'
        )
    yield '</ul></section>\n'


def _classes(own: Overview) -> Iterator[str]:
    parts = [split for split in own.splits if split]
    split_heads = [f'<th scope="col">in {split}</th>' for split in parts] if len(parts) > 1 else []
    yield (
        '<section aria-labelledby="classes"><h2 id="classes">Classes, the rarest first</h2>\n'
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="classes"><table><thead><tr>'
        '<th scope="col">Class</th><th scope="col">Kind</th><th scope="col">Pictures</th>'
        f'{"".join(split_heads)}<th scope="col">Segments</th><th scope="col">Share of pixels</th>'
        '<th scope="col">Median segment</th><th scope="col">of its picture</th></tr></thead>\n<tbody>\n'
    )
    counts = own.counts.classes
    largest = max((count.pixels for count in counts), default=0) or 1
    order = sorted(
        range(len(counts)), key=lambda i: (sum(counts[i].pictures), counts[i].segments, i)
    )
    for label in order:
        own_class, count = own.classes[label], counts[label]
        badges = []
        if not count.segments:
            badges.append('no segment')
        elif own.counts.is_rare(label):
            badges.append('rare')
        if count.segments and len(parts) > 1:
            badges += [
                f'not in {split}' for split, n in zip(parts, count.pictures, strict=True) if not n
            ]
        shown = ''.join(f'<span class="badge">{badge}</span>' for badge in badges)
        name = f'<bdi>{escape(own_class.name.strip() or own_class.label)}</bdi>'
        if count.segments:
            name = f'<a href="#pictures" data-pick="class {label}">{name}</a>'
        others = [word for word in own_class.words if word != own_class.name]
        words = f'<br><small class="quiet">{escape(", ".join(others))}</small>' if others else ''
        splits = ''.join(f'<td>{n:,}</td>' for n in count.pictures) if split_heads else ''
        share = count.pixels / own.counts.pixels if own.counts.pixels else 0
        area = f'{count.median_area:,.0f} px' if count.segments else '–'
        median = percent(count.median_share) if count.segments else '–'
        yield (
            f'<tr><th scope="row"><span class="swatch" style="background:{colour(label, own_class.is_thing)}">'
            f'</span>{name}{shown}{words}</th>'
            f'<td>{"thing" if own_class.is_thing else "stuff"}</td><td>{sum(count.pictures):,}</td>{splits}'
            f'<td>{count.segments:,}</td><td>{percent(share)}<span class="bar" '
            f'style="width:{100 * count.pixels / largest:.1f}%"></span></td><td>{area}</td><td>{median}</td></tr>\n'
        )
    yield '</tbody></table></div></section>\n'


def _controls(own: Overview) -> str:
    used = [i for i, count in enumerate(own.counts.classes) if count.segments]
    used.sort(key=lambda i: own.classes[i].name.lower())
    classes = ''.join(f'<option value="{i}">{escape(own.classes[i].name)}</option>' for i in used)
    kinds = ''.join(f'<option value="{kind}">{KINDS[kind].title}</option>' for kind in own.odd)
    shown, odd = own.shown
    total = sum(own.counts.pictures)
    which = f'All {total:,}' if shown == total else f'{shown:,} of {total:,} (--max shows more)'
    first = 'all of them odd' if odd == shown else f'the {odd:,} odd ones first'
    order = f', {first}, white frames around what is odd' if odd else ''
    return (
        f'<section aria-labelledby="pictures"><h2 id="pictures">Pictures</h2>\n<p class="quiet">{which}{order}.</p>'
        '<div class="controls"><label><input type="checkbox" id="bare">Without segments</label>'
        '<form hidden><label>Class <select name="class"><option value="">all</option>'
        f'{classes}</select></label><label>Odd <select name="kind"><option value="">all</option>{kinds}</select>'
        '</label><button type="reset">Show all</button><span id="status" role="status" class="quiet"></span></form>'
        '</div>\n<div class="grid">\n'
    )
