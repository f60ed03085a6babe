"""Segments drawn over their picture, so that a person can read them."""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from seg.panoptic.colours import segment_colours
from seg.panoptic.labels import draw_labels
from seg.panoptic.segments import Segment, segment_codes
from seg.runtime.whole_files import write_whole

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.gif', '.ppm')
_LINE = 1 / 215  # of the longer side: the width of a thing's outline
_SMOOTH = 0.35  # pixels before they are enlarged: more, and single ones would go
_STUFF_LINE = 0.7  # the weight of its colour in the outline of stuff
_FEW_PIXELS = 6  # of a distance
_MOST_ZOOM = 40  # a picture of 16 pixels fills 640; smaller ones would take many seconds


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
    opacity: float = 0.15,
    *,
    enlarge: bool = True,
) -> np.ndarray:
    """Overlay of segments: a light tint, an outline along the inside, and a label.

    Args:
        image: The picture, uint8 [H, W, 3] in BGR.
        index: int [H, W], the segment of each pixel, -1 for none.
        segments: The segments.
        opacity: Weight of the tint. Defaults to 0.15.
        enlarge: Whether a small picture becomes larger. Defaults to True.

    Returns:
        uint8 array [H', W', 3] in BGR; [H, W, 3] unless it is enlarged.

    Raises:
        ValueError: If the opacity is none in [0, 1].
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f'opacity {opacity}; expected 0 to 1')
    colours = segment_colours(index, segments)
    zoom = min(max(1, round(640 / max(image.shape[:2]))), _MOST_ZOOM) if enlarge else 1
    if zoom > 1:
        image = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
        index = _enlarge(index, segments, zoom)
    canvas = _paint(image, index, segments, colours, opacity)
    draw_labels(canvas, index, [segment.name for segment in segments], colours)
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


def _paint(
    image: np.ndarray,
    index: np.ndarray,
    segments: Sequence[Segment],
    colours: np.ndarray,
    opacity: float,
) -> np.ndarray:
    """The picture with tints and outlines: those of things are twice as wide as those of stuff."""
    codes = segment_codes(index, len(segments))
    around = np.ones((3, 3), np.uint8)
    inner = (cv2.dilate(codes, around) == cv2.erode(codes, around)).astype(np.uint8)
    width = max(2, round(_LINE * max(index.shape)))
    weights = np.zeros((3, len(segments) + 1), np.uint8)  # of the colour, by zone and code
    for code, segment in enumerate(segments, start=1):
        lines = (1, 1) if segment.is_thing else (opacity, _STUFF_LINE)
        weights[:, code] = np.round(np.multiply(255, (opacity, *lines)))
    weight = _look_up(weights[0], codes)
    for own, distance in zip(weights[1:], (width, width / 2), strict=True):
        cv2.copyTo(_look_up(own, codes), _is_near_edge(inner, distance), weight)
    layer = _look_up(np.insert(colours, 0, 0, axis=0), codes)
    cv2.copyTo(image, (codes == 0).view(np.uint8), layer)
    # Blurred by a pixel, lines have no stairs.
    weight, layer = (cv2.GaussianBlur(own, (3, 3), 0) for own in (weight, layer))
    weight = cv2.cvtColor(weight, cv2.COLOR_GRAY2BGR)
    lighter = cv2.multiply(cv2.subtract(layer, image), weight, scale=1 / 255)
    darker = cv2.multiply(cv2.subtract(image, layer), weight, scale=1 / 255)
    return cv2.subtract(cv2.add(image, lighter), darker)


def _look_up(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """``values[codes]`` of uint8 [N] or [N, 3]: [H, W] or [H, W, 3]."""
    if codes.dtype != np.uint8:
        return values.take(codes, axis=0)
    table = np.zeros((256, *values.shape[1:]), np.uint8)
    table[: len(values)] = values
    return cv2.LUT(codes, table) if values.ndim == 1 else cv2.applyColorMap(codes, table[:, None])


def _is_near_edge(inner: np.ndarray, distance: float) -> np.ndarray:
    """uint8 [H, W], whether a zero of uint8 [H, W] is nearer than ``distance``."""
    if distance > _FEW_PIXELS:
        return (cv2.distanceTransform(inner, cv2.DIST_L2, 3) < distance).view(np.uint8)
    return (cv2.erode(inner, _ball(distance)) == 0).view(np.uint8)


@lru_cache(maxsize=8)
def _ball(distance: float) -> np.ndarray:
    """Where, around the middle of a uint8 array, OpenCV's distance is less: for a few pixels, eroding is faster."""
    reach = math.ceil(distance)
    middle = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    middle[reach, reach] = 0
    return (cv2.distanceTransform(middle, cv2.DIST_L2, 3) < distance).view(np.uint8)


def _enlarge(index: np.ndarray, segments: Sequence[Segment], zoom: int) -> np.ndarray:
    """A larger map without stairs: a pixel goes to the segment that has most of its surroundings."""
    height, width = index.shape
    large = np.full((height * zoom, width * zoom), -1, np.int32)
    most = np.zeros(large.shape, np.uint8)
    boxes = [(0, 0, width, height), *(segment.box for segment in segments)]
    for number, (left, top, right, bottom) in enumerate(boxes, start=-1):
        x1, y1, x2, y2 = max(0, left - 2), max(0, top - 2), right + 2, bottom + 2
        own = np.where(index[y1:y2, x1:x2] == number, np.uint8(255), np.uint8(0))
        share = cv2.GaussianBlur(cv2.resize(own, None, fx=zoom, fy=zoom), (0, 0), _SMOOTH * zoom)
        area = (slice(y1 * zoom, y2 * zoom), slice(x1 * zoom, x2 * zoom))
        more = share > most[area]
        large[area][more], most[area][more] = number, share[more]
    return large
