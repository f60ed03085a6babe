"""A look at the files of one picture."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from seg.datasets.browse.entries import Entry, few
from seg.datasets.browse.kinds import MOSTLY_VOID, NOT_TINY, Box, Finding
from seg.datasets.browse.measure import Region, measure_map
from seg.panoptic.png import read_panoptic_png
from seg.runtime.image_files import decode_image, read_image_header

HASH_SIDE = 16
_FLAT = 2.0  # standard deviation of grey values below which noise alone would decide a hash


class Examined(NamedTuple):
    """What was found of a picture.

    Attributes:
        findings: What is odd.
        digest: Of the file's bytes; b'' if it cannot be read.
        average_hash: 256 bits, which pixels of a 16 x 16 picture are brighter than their mean; b''
            where there is no picture, or one of a single colour.
        pixels: Number of pixels of the map, 0 if it cannot be read.
        void: Those that belong to no segment.
        labels: int [S], the class of each segment that has pixels and a class.
        areas: int [S], their pixels.
    """

    findings: tuple[Finding, ...]
    digest: bytes
    average_hash: bytes
    pixels: int
    void: int
    labels: np.ndarray
    areas: np.ndarray


def examine(entry: Entry, names: Sequence[str]) -> Examined:
    """Open the picture and its map, and compare them with what the JSON says.

    Args:
        entry: The picture.
        names: Of the classes.
    """
    findings = list(entry.findings)
    digest, average_hash, size = b'', b'', None
    try:
        content = entry.image.read_bytes()
        digest = blake2b(content, digest_size=16).digest()
        image = decode_image(content, entry.image)
        average_hash, size = hash_picture(image), (image.shape[1], image.shape[0])
    except FileNotFoundError:
        findings.append(Finding('unreadable', f'there is no picture {entry.image}'))
    except (OSError, ValueError) as error:
        findings.append(_unreadable(entry.image, error))
    regions: dict[int, Region] = {}
    pixels = 0
    try:
        ids = read_panoptic_png(entry.png)
    except FileNotFoundError:
        findings.append(Finding('unreadable', f'there is no map {entry.png}'))
        findings += _compare_sizes(entry, size, None)
    except (OSError, ValueError) as error:
        findings.append(_unreadable(entry.png, error))
        findings += _compare_sizes(entry, size, None)
    else:
        findings += _compare_sizes(entry, size, (ids.shape[1], ids.shape[0]))
        regions, pixels = measure_map(ids), ids.size
        findings += _compare_segments(entry, regions, pixels, names)
    counted = [
        (entry.segments[id].label, region.area)
        for id, region in regions.items()
        if id in entry.segments and id and entry.segments[id].label >= 0
    ]
    labels, areas = np.array(counted, np.int64).reshape(-1, 2).T
    void = regions[0].area if 0 in regions else 0
    return Examined(tuple(findings), digest, average_hash, pixels, void, labels, areas)


def hash_picture(image: np.ndarray) -> bytes:
    """The average hash of a picture, uint8 [H, W, 3] in BGR; see :class:`Examined`."""
    small = cv2.resize(image, (HASH_SIDE, HASH_SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.packbits(grey > grey.mean()).tobytes() if grey.std() >= _FLAT else b''


def _unreadable(file: Path, error: Exception) -> Finding:
    reason = getattr(error, 'strerror', None) or str(error).rpartition('cannot be read: ')[2]
    reason = reason.replace(str(file), file.name)
    return Finding('unreadable', f'{file} cannot be read: {reason}')


def _compare_sizes(
    entry: Entry, picture: tuple[int, int] | None, map_size: tuple[int, int] | None
) -> list[Finding]:
    sizes = {'the picture': picture, 'its map': map_size, 'the JSON': entry.size}
    known = {what: size for what, size in sizes.items() if size is not None}
    if len(set(known.values())) <= 1:
        return []
    text = ', '.join(f'{what} {width} x {height}' for what, (width, height) in known.items())
    if picture and read_image_header(entry.image).is_turned:
        text += '; an EXIF tag asks viewers to turn the picture, and is ignored here'
    return [Finding('size', text)]


def _compare_segments(
    entry: Entry, regions: dict[int, Region], pixels: int, names: Sequence[str]
) -> list[Finding]:
    findings = []
    segments = {id: region for id, region in regions.items() if id}
    unlisted = [id for id in segments if id not in entry.segments]
    if unlisted:
        boxes: tuple[Box, ...] = tuple(segments[id].box for id in unlisted)
        findings.append(Finding('ids', f'{few("id", unlisted)} in the map only', boxes))
    lost = [id for id in entry.segments if id not in segments]
    if lost:
        findings.append(Finding('ids', f'{few("id", lost)} in the JSON only'))
    both = {id: region for id, region in segments.items() if id in entry.segments}
    findings += _compare_shapes(entry, both, names)
    if not both:
        findings.append(Finding('empty', 'no segment'))
    void = regions[0].area / pixels if 0 in regions else 0
    if both and void > MOSTLY_VOID:
        findings.append(Finding('void', f'{void:.0%} of the pixels are void'))
    tiny = {id: region for id, region in segments.items() if region.area < NOT_TINY}
    if tiny:
        areas = few(
            '', [f'{_called(id, entry, names)} of {own.area} px' for id, own in tiny.items()]
        )
        findings.append(
            Finding('tiny', f'tiny: {areas.strip()}', tuple(own.box for own in tiny.values()))
        )
    return findings


def _compare_shapes(
    entry: Entry, regions: dict[int, Region], names: Sequence[str]
) -> list[Finding]:
    findings = []
    wrong = [id for id, region in regions.items() if _differ(entry.segments[id].box, region.box)]
    if wrong:
        listed, found = entry.segments[wrong[0]].box, regions[wrong[0]].box
        text = f'{_called(wrong[0], entry, names)} has the box {_numbers(listed)}, its mask {_numbers(found)}'
        findings.append(
            Finding('box', text + _more(wrong), tuple(entry.segments[id].box for id in wrong))
        )
    wrong = [
        id for id, region in regions.items() if abs(entry.segments[id].area - region.area) >= 1
    ]
    if wrong:
        text = (
            f'{_called(wrong[0], entry, names)} has the area {entry.segments[wrong[0]].area:.10g}, '
            f'its mask {regions[wrong[0]].area}'
        )
        findings.append(Finding('box', text + _more(wrong), tuple(regions[id].box for id in wrong)))
    return findings


def _called(id: int, entry: Entry, names: Sequence[str]) -> str:
    listed = entry.segments.get(id)
    return f'id {id}' if listed is None or listed.label < 0 else f'{names[listed.label]} (id {id})'


def _more(wrong: list[int]) -> str:
    return f'; {len(wrong) - 1:,} more like it' if len(wrong) > 1 else ''


def _differ(listed: Box, found: Box) -> bool:
    """Whether a side is off by more than a pixel, which rounding explains."""
    ends = [(box[0], box[1], box[0] + box[2], box[1] + box[3]) for box in (listed, found)]
    return any(abs(one - other) > 1 for one, other in zip(*ends, strict=True))


def _numbers(box: Box) -> str:
    return f'({", ".join(f"{value:.10g}" for value in box)})'
