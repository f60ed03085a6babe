"""A source to the layout of :mod:`seg.datasets.own.layout`."""

import colorsys
import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from seg.datasets.own.class_file import (
    ClassEntry,
    class_file_text,
    keep_class_file,
    read_class_file,
)
from seg.datasets.own.layout import CLASS_FILE, REPORT, SPLITS, annotation_file, is_prepared
from seg.datasets.own.prepare_picture import Colors, PictureTask, Rules, prepare_picture
from seg.datasets.own.record import claim, describe, digest
from seg.datasets.own.source import Picture, Source, SourceClass
from seg.runtime.parallel import parallel_map
from seg.runtime.whole_files import write_whole
from seg.text_classifier.candidates import split_candidates


class Prepared(NamedTuple):
    """What was written.

    Attributes:
        pictures: Number of each split's.
        segments: Number of each class's, in the order of the source.
        odd: What was odd, a line each.
        old_class_file: Where the file of the classes is that did not fit; None if there was none.
    """

    pictures: dict[str, int]
    segments: list[int]
    odd: list[str]
    old_class_file: Path | None


def prepare_data(
    source: Source,
    out: Path,
    dataset_name: str,
    *,
    rules: Rules,
    workers: int = 1,
    force: bool = False,
) -> Prepared | None:
    """Write pictures, annotations, the file of the classes and a report.

    An interrupted run goes on where it was: a PNG appears only when it is whole, and the annotations
    are written last. Pictures are hard links where the file system has them, else copies. What cannot be
    read is left out and named.

    Args:
        source: Its pictures have a split, its classes are things or stuff.
        out: A new or empty folder, or one that was prepared, of the same source and in the same way.
        dataset_name: What the data set is to be called.
        rules: How marks become segments.
        workers: Processes.
        force: Whether to make anew what was prepared there.

    Returns:
        What was written; None if all of it is there already.

    Raises:
        ValueError: If two pictures would have one PNG, the folder holds something else, a split is left
            without pictures, or none has a segment.
        OSError: If something cannot be written.
    """
    _require_distinct(source.pictures)
    record = describe(source, dataset_name, rules)
    moved = claim(out, record, force=force)
    if is_prepared(out):
        return None
    ordered = sorted(source.classes, key=lambda own: not own.is_thing)  # else as given
    colors = dict(enumerate(_palette(ordered), 1))
    task = PictureTask(
        source.read_marks,
        out,
        rules,
        digest(record),
        tuple(ordered.index(own) + 1 for own in source.classes),
        tuple(bool(own.is_thing) for own in source.classes),
        colors,
    )
    prepare = partial(prepare_picture, task)
    results = parallel_map(prepare, source.pictures, workers=workers, description='preparing')
    odd, count, first_of, small = list(source.odd), Counter[int](), dict[str, str](), 0
    done: dict[str, list[tuple[dict, dict]]] = {split: [] for split in SPLITS}
    for picture, own in zip(source.pictures, results, strict=True):
        odd += [f'{picture.name}: {line}' for line in own.odd]
        small += own.small
        if own.entries is None or picture.split is None:
            continue
        first = first_of.setdefault(own.digest, picture.name)
        if first != picture.name:
            odd.append(f'{picture.name}: the same picture as {first}')
        done[picture.split].append(own.entries)
        count.update(segment['category_id'] for segment in own.entries[1]['segments_info'])
    if small:
        odd.append(f'{small:,} objects of less than {rules.min_area} pixels are void now')
    odd += [f'class {own.name}: in no picture' for i, own in enumerate(ordered, 1) if not count[i]]
    write_whole(out / REPORT, ''.join(f'{line}\n' for line in odd or ['nothing odd']).encode())
    if not count and any(done.values()):
        raise ValueError(f'no picture has a segment; {out / REPORT} says what is odd of each')
    for split, entries in done.items():
        if not entries:
            first = next((line for line in odd if ': left out: ' in line), '')
            raise ValueError(
                f'no picture of the {split} split could be prepared; {out / REPORT} says why of each'
                f'{first and f", such as {first}"}'
            )
    moved = _write_class_file(out / CLASS_FILE, dataset_name, ordered) or moved
    for split, entries in done.items():
        content = {
            'info': {'dataset_name': dataset_name, 'description': f'made of {source.format}'},
            'categories': _categories(ordered, colors),
            'images': [image for image, _ in entries],
            'annotations': [annotation for _, annotation in entries],
        }
        write_whole(annotation_file(out, split), json.dumps(content).encode())
    segments = [count[category] for category in task.categories]
    return Prepared({split: len(own) for split, own in done.items()}, segments, odd, moved)


def _require_distinct(pictures: Sequence[Picture]) -> None:
    """See that no two pictures would have one PNG."""
    first_of: dict[str, Path] = {}
    for own in pictures:
        png = f'{own.split}/{PurePosixPath(own.name).with_suffix(".png")}'
        first = first_of.setdefault(png, own.file)
        if first is not own.file:
            raise ValueError(f'{first} and {own.file} would both become {png}; rename one of them')


def _write_class_file(file: Path, dataset_name: str, classes: Sequence[SourceClass]) -> Path | None:
    """Write the file, unless it is there and fits; returns where one is now that does not."""
    entries = [ClassEntry(i, own.words, bool(own.is_thing)) for i, own in enumerate(classes, 1)]
    moved = None
    if file.is_file():
        try:
            read_class_file(file, entries)
            return None
        except ValueError:
            moved = keep_class_file(file)
    write_whole(file, class_file_text(dataset_name, entries).encode())
    return moved


def _categories(classes: Sequence[SourceClass], colors: Colors) -> list[dict]:
    return [
        {
            'id': i,
            'name': own.name,
            'synonyms': [word for word in split_candidates(own.words) if word != own.name],
            'isthing': int(bool(own.is_thing)),
            'color': list(colors[i]),
        }
        for i, own in enumerate(classes, 1)
    ]


def _palette(classes: Sequence[SourceClass]) -> list[tuple[int, int, int]]:
    """The classes' own colours; those without one, black ones and repeated ones get a free one."""
    taken: set[tuple[int, int, int]] = {(0, 0, 0)}
    found: list[tuple[int, int, int]] = []
    for number, own in enumerate(classes):
        color, step = own.color, number
        while color is None or color in taken:
            hue, value = step * 0.618034 % 1, 0.95 - 0.25 * (step % 3)
            red, green, blue = colorsys.hsv_to_rgb(hue, 0.75, value)
            color, step = (
                (round(255 * red), round(255 * green), round(255 * blue)),
                step + len(classes),
            )
        taken.add(color)
        found.append(color)
    return found
