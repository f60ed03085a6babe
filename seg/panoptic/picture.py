"""Segments drawn over their picture, so that a person can read them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from seg.panoptic.segments import Segment
from seg.panoptic.text_drawing import draw_text
from seg.runtime.whole_files import write_whole

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.gif', '.ppm')
_GOLDEN_ANGLE = 137.508  # neighbouring hues lie far apart


def image_files(*paths: Path) -> list[Path]:
    """The pictures ``paths``; of a folder, those in it.

    Raises:
        FileNotFoundError: If a path does not exist, or a folder holds no pictures.
    """
    return list(dict.fromkeys(file for path in paths for file in _image_files(path)))


def _image_files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(f for f in path.iterdir() if f.suffix.lower() in IMAGE_SUFFIXES)
        if files:
            return files
        raise FileNotFoundError(f'folder {path} holds no pictures ({", ".join(IMAGE_SUFFIXES)})')
    if not path.is_file():
        raise FileNotFoundError(f'image {path} does not exist')
    return [path]


def draw_segments(
    image: np.ndarray,
    index: np.ndarray,
    segments: Sequence[Segment],
    opacity: float = 0.5,
    *,
    enlarge: bool = True,
) -> np.ndarray:
    """Overlay of segments: things in strong colours with a bright outline, stuff pale without one.

    A label stands where its segment is widest, and only if it fits there without covering another.

    Args:
        image: The picture, uint8 [H, W, 3] in BGR.
        index: int [H, W], the segment of each pixel, -1 for none.
        segments: The segments.
        opacity: Weight of the colours. Defaults to 0.5.
        enlarge: Whether a small picture becomes larger. Defaults to True.

    Returns:
        uint8 array [H', W', 3] in BGR; [H, W, 3] unless it is enlarged.
    """
    zoom = max(1, round(640 / max(image.shape[:2]))) if enlarge else 1
    size = (image.shape[1] * zoom, image.shape[0] * zoom)
    canvas = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC) if zoom > 1 else image.copy()
    large: np.ndarray = index.astype(np.int32, copy=False)
    if zoom > 1:
        large = cv2.resize(large, size, interpolation=cv2.INTER_NEAREST)
    areas, masks = [], []  # of each segment, where it lies and 255 where it is: most are small
    for number, segment in enumerate(segments):
        left, top, right, bottom = (side * zoom for side in segment.box)
        area = (slice(top, bottom), slice(left, right))
        areas.append(area)
        masks.append(
            cv2.inRange(np.ascontiguousarray(large[area]), np.array(number), np.array(number))
        )
    for segment, area, mask in zip(segments, areas, masks, strict=True):
        tinted = cv2.LUT(canvas[area], _tints(segment, opacity))
        canvas[area] = cv2.copyTo(tinted, mask, np.ascontiguousarray(canvas[area]))
    for segment, area, mask in zip(segments, areas, masks, strict=True):
        if segment.is_thing:
            outline, _ = cv2.findContours(
                mask,
                cv2.RETR_EXTERNAL,
                cv2.CHAIN_APPROX_NONE,
                offset=(area[1].start, area[0].start),
            )
            cv2.drawContours(canvas, outline, -1, segment_colour(segment), 2, cv2.LINE_AA)
    taken = np.zeros(large.shape, bool)
    for segment, area, mask in zip(segments, areas, masks, strict=True):
        _write_label(canvas, taken, area, mask, segment.name)
    return canvas


def write_image(path: Path, image: np.ndarray) -> None:
    """Write uint8 [H, W, 3] in BGR, whole or not at all.

    Raises:
        ValueError: If no picture format has the file's suffix.
        OSError: If it cannot be written; names the file.
    """
    if not cv2.haveImageWriter(str(path)):
        raise ValueError(
            f'cannot write {path}: {path.suffix!r} is the suffix of no picture; '
            f'use one of {", ".join(IMAGE_SUFFIXES)}'
        )
    done, content = cv2.imencode(path.suffix, image)
    if not done:
        raise OSError(f'cannot encode {path}')
    write_whole(path, content.tobytes())


def segment_colour(segment: Segment) -> tuple[int, int, int]:
    """BGR colour of a class; the objects of one class differ in brightness by where they lie."""
    hue = segment.label * _GOLDEN_ANGLE % 360 / 2
    saturation, value = (230, 255 - 40 * (segment.box[0] % 3)) if segment.is_thing else (110, 200)
    pixel = np.array([[[hue, saturation, value]]]).astype(np.uint8)
    blue, green, red = cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0].tolist()
    return blue, green, red


def _tints(segment: Segment, opacity: float) -> np.ndarray:
    """uint8 [1, 256, 3]: what becomes of each value of blue, green and red."""
    strength = np.float32(opacity if segment.is_thing else 0.6 * opacity)
    values: np.ndarray = np.arange(256, dtype=np.float32)[None, :, None]
    mixed = (1 - strength) * values + strength * np.array(segment_colour(segment), np.float32)
    return mixed.round().astype(np.uint8)


def _write_label(
    canvas: np.ndarray, taken: np.ndarray, area: tuple[slice, slice], mask: np.ndarray, text: str
) -> None:
    """Write a label into a segment; ``mask`` is 255 where it is within its ``area``."""
    free = np.pad(np.where(taken[area], np.uint8(0), mask), 1)
    if not free.any():
        return
    drawn = draw_text(text)[: canvas.shape[0] - 6, : canvas.shape[1] - 6]
    height, width = drawn.shape
    depth = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    deepest = depth[y, x]
    y, x = y + area[0].start, x + area[1].start
    left = int(np.clip(x - width // 2 - 3, 0, max(0, canvas.shape[1] - width - 6)))
    top = int(np.clip(y - height // 2 - 3, 0, max(0, canvas.shape[0] - height - 6)))
    place = (slice(top, top + height + 6), slice(left, left + width + 6))
    if taken[place].any() or deepest < height / 2:
        return
    taken[place] = True
    white = np.pad(drawn, 3)[..., None] / 255
    canvas[place] = ((1 - white) * 0.25 * canvas[place] + white * 255).astype(np.uint8)
