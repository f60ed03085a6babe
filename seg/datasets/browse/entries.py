"""The pictures that a data set's annotations list, with what they say of each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from seg.datasets.annotations import AnnotationEntry, Annotations, ImageEntry, png_name
from seg.datasets.browse.kinds import Box, Finding
from seg.datasets.browse.source import Part
from seg.panoptic.picture import IMAGE_SUFFIXES


class Listed(NamedTuple):
    """A segment as the JSON lists it.

    Attributes:
        label: Index of its class; -1 for a category that is not listed.
        area: Pixels.
        box: (x, y, width, height).
        is_crowd: Whether it is a group that nobody took apart.
    """

    label: int
    area: float
    box: Box
    is_crowd: bool


class Entry(NamedTuple):
    """A picture of a data set.

    Attributes:
        split: Index of its split.
        name: What it is called on the page, e.g. 'train/a.jpg'.
        image: Its file.
        png: The file of its map.
        size: (width, height) that the JSON gives it.
        segments: The listed segments by their ids.
        findings: What is odd about the annotations alone.
    """

    split: int
    name: str
    image: Path
    png: Path
    size: tuple[int, int]
    segments: dict[int, Listed]
    findings: tuple[Finding, ...]


def list_entries(
    content: Annotations, part: Part, split: int, labels: Mapping[int, int]
) -> tuple[list[Entry], list[str]]:
    """The pictures of a split, and what is odd about its lists, a line each.

    Args:
        content: The annotations.
        part: Where its files are.
        split: Its index.
        labels: Index of the class of each category id.
    """
    annotations: dict[int | str, AnnotationEntry] = {}
    repeated = Counter(own['image_id'] for own in content.get('annotations', []))
    for annotation in content.get('annotations', []):
        annotations.setdefault(annotation['image_id'], annotation)
    entries = []
    for image in content['images']:
        own = annotations.get(image['id'], {'image_id': image['id'], 'segments_info': []})
        segments, findings = _segments(own, labels)
        if image['id'] not in annotations:
            findings.append(Finding('ids', 'the JSON has no annotation for it'))
        elif repeated[image['id']] > 1:
            findings.append(
                Finding(
                    'ids',
                    f'the JSON has {repeated[image["id"]]} annotations for it; the first is shown',
                )
            )
        entries.append(
            Entry(
                split,
                f'{part.name}/{image["file_name"]}'.removeprefix('/'),
                part.images / image['file_name'],
                part.segments / png_name(image, own),
                (image['width'], image['height']),
                segments,
                tuple(findings),
            )
        )
    return entries, list(_odd_lists(content['images'], annotations, part, entries))


def _segments(
    annotation: AnnotationEntry, labels: Mapping[int, int]
) -> tuple[dict[int, Listed], list[Finding]]:
    segments: dict[int, Listed] = {}
    twice, unknown = [], []
    for own in annotation['segments_info']:
        if own['id'] in segments:
            twice.append(own['id'])
            continue
        label = labels.get(own['category_id'], -1)
        if label < 0:
            unknown.append(own['category_id'])
        segments[own['id']] = Listed(label, own['area'], own['bbox'], bool(own.get('iscrowd')))
    findings = []
    if twice:
        findings.append(Finding('ids', f'the JSON lists {few("id", twice)} twice'))
    if unknown:
        text = (
            f'{few("category", sorted(set(unknown)))} of its segments is in no list of categories'
        )
        findings.append(Finding('ids', text))
    return segments, findings


def few(what: str, values: list, most: int = 4) -> str:
    """``id 4, 5 and 3 more``."""
    shown = ', '.join(map(str, values[:most]))
    return f'{what} {shown}' + (f' and {len(values) - most:,} more' if len(values) > most else '')


def _odd_lists(
    images: list[ImageEntry],
    annotations: Mapping[int | str, AnnotationEntry],
    part: Part,
    entries: list[Entry],
) -> Iterator[str]:
    file = part.annotations.name
    ids = Counter(image['id'] for image in images)
    twice = [id for id, count in ids.items() if count > 1]
    if twice:
        yield f'{file} lists {few("image id", twice)} twice'
    if not annotations:
        yield f'{file} has no annotations'
    without = [id for id in annotations if id not in ids]
    if without:
        yield f'{file} has annotations of images that it does not list: {few("id", without)}'
    for folder, listed, suffixes in (
        (part.images, {entry.image for entry in entries}, IMAGE_SUFFIXES),
        (part.segments, {entry.png for entry in entries}, ('.png',)),
    ):
        surplus = sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob('*')
            if path.suffix.lower() in suffixes and path not in listed
        )
        if surplus:
            count = f'{len(surplus):,} file{"s" if len(surplus) > 1 else ""}'
            yield f'{count} in {folder} not listed by {file}: {few("", surplus).strip()}'
