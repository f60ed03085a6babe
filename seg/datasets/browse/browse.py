"""From a data set to its page."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from seg.datasets.annotations import read_annotations
from seg.datasets.browse.alike import find_repeats
from seg.datasets.browse.choose import choose
from seg.datasets.browse.classes import join_categories
from seg.datasets.browse.draw import draw_entry
from seg.datasets.browse.entries import Entry, few, list_entries
from seg.datasets.browse.examine import Examined, examine
from seg.datasets.browse.figures import figure
from seg.datasets.browse.kinds import KINDS
from seg.datasets.browse.page import MARK, Overview, page_foot, page_head
from seg.datasets.browse.source import Part
from seg.datasets.browse.statistics import count
from seg.datasets.own.layout import is_prepared, read_vocabulary
from seg.runtime.parallel import parallel_map
from seg.runtime.whole_files import require_writable, writing_file


def browse(
    parts: Sequence[Part],
    page: Path,
    *,
    title: str,
    folder: Path | None = None,
    most: int = 100,
    workers: int = 1,
    force: bool = False,
) -> Overview:
    """Write the page of a data set.

    Args:
        parts: Its splits.
        page: The file that is written.
        title: Name of the data set.
        folder: Where ``classes.txt`` is, which has the words of prepared data. Defaults to None, nowhere.
        most: Pictures that are shown. Defaults to 100; all are examined.
        workers: Processes.
        force: Whether the page may take the place of a file that is no such page.

    Returns:
        What it says.

    Raises:
        FileExistsError: If there is another file in its place.
        OSError: If it cannot be written, or a folder cannot be read.
        ValueError: If an annotation file is damaged.
    """
    require_ours(page, force=force)
    try:
        require_writable(page)
    except OSError as error:
        raise OSError(f'cannot write {page}: {error.strerror or error}') from None
    contents = [read_annotations(part.annotations) for part in parts]
    words, odd_lists = _words(folder)
    names = {part.name: own['categories'] for part, own in zip(parts, contents, strict=True)}
    classes, labels, odd = join_categories(names, words)
    odd_lists += odd
    entries: list[Entry] = []
    for number, part in enumerate(parts):
        own, odd = list_entries(contents[number], part, number, labels[number])
        entries += own
        odd_lists += odd
    del contents
    look = partial(examine, names=[own.label for own in classes])
    done = list(parallel_map(look, entries, workers=workers, description='look'))
    examined = _with_repeats(entries, done)
    counts = count(examined, [entry.split for entry in entries], len(classes))
    unused = [
        own.name for own, had in zip(classes, counts.classes, strict=True) if not had.segments
    ]
    if unused:
        odd_lists.append(
            f'classes without any segment ({len(unused):,}): {few("", list(map(repr, unused)), 10).strip()}'
        )
    shown = choose(examined, most)
    overview = Overview(
        title,
        [str(part.annotations) for part in parts],
        [part.name for part in parts],
        counts,
        classes,
        odd_lists,
        _by_kind(entries, examined),
        (len(shown), sum(bool(examined[place].findings) for place in shown)),
    )
    items = [(entries[place], examined[place].findings) for place in shown]
    drawing = partial(draw_entry, classes=classes)
    with writing_file(page) as file:
        file.write(page_head(overview).encode('utf-8', 'replace'))
        pictures = parallel_map(drawing, items, workers=workers, description='draw')
        for place, drawn in zip(shown, pictures, strict=True):
            link = os.path.relpath(entries[place].image, page.parent)
            text = figure(entries[place], examined[place], drawn, classes, link)
            file.write(text.encode('utf-8', 'replace'))
        file.write(page_foot().encode())
    return overview


def require_ours(page: Path, *, force: bool) -> None:
    """See that a page takes the place of nothing but an older one.

    Raises:
        FileExistsError: If another file is there, or a folder.
    """
    if page.is_dir():
        raise FileExistsError(f'cannot write {page}: it is a folder; give --out a file')
    if not force and not is_free(page):
        raise FileExistsError(
            f'{page} exists and is no page of this command; give --out another name, or --force to replace it'
        )


def is_free(page: Path) -> bool:
    """Whether nothing is in the place of a page, or an older page.

    Raises:
        OSError: If a file there cannot be read.
    """
    if not page.exists():
        return True
    if page.is_dir():
        return False
    with page.open('rb') as file:
        return MARK.encode() in file.read(1024)


def _words(folder: Path | None) -> tuple[dict[str, str], list[str]]:
    """The words of each class of prepared data, and what is wrong with them."""
    if folder is None or not is_prepared(folder):
        return {}, []
    try:
        vocabulary = read_vocabulary(folder)
    except (OSError, ValueError) as error:
        return {}, [str(error)]
    return dict(zip(vocabulary.category_names, vocabulary.classes, strict=True)), []


def _with_repeats(entries: Sequence[Entry], examined: Sequence[Examined]) -> list[Examined]:
    repeats = find_repeats(
        [own.digest for own in examined],
        [own.average_hash for own in examined],
        [entry.name for entry in entries],
        [entry.split for entry in entries],
    )
    return [
        own._replace(findings=(*own.findings, *repeats.get(place, ())))
        for place, own in enumerate(examined)
    ]


def _by_kind(
    entries: Sequence[Entry], examined: Sequence[Examined]
) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in KINDS}
    for entry, own in zip(entries, examined, strict=True):
        for kind in dict.fromkeys(finding.kind for finding in own.findings):
            text = '; '.join(finding.text for finding in own.findings if finding.kind == kind)
            found[kind].append((entry.name, text))
    return {kind: lines for kind, lines in found.items() if lines}
