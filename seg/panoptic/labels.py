"""The names of segments, written beside or on them."""

from collections.abc import Sequence

import cv2
import numpy as np

from seg.panoptic.label_places import Place, place_labels
from seg.panoptic.text_drawing import draw_text

_SIZES = (26, 32, 40, 50, 62, 78)  # of text, the largest first: parts of the longer side
_SMALLEST = 9  # pixels, that can be read
_CROWDED = 0.17  # of the picture under labels: then a smaller text is better
_WIDEST = 0.8  # of the picture, that a label may be


def draw_labels(
    canvas: np.ndarray,
    index: np.ndarray,
    names: Sequence[str],
    colours: np.ndarray,
) -> None:
    """Write N names into a picture, in the largest text in which all of them have a place, uncut.

    Where not even the smallest one is small enough, the largest segments go without.

    Args:
        canvas: The picture, uint8 [H, W, 3] in BGR.
        index: int [H, W], the segment of each pixel, -1 for none.
        names: The names.
        colours: uint8 [N, 3] in BGR.
    """
    texts, places = _fit(names, index)
    placed = [
        (place, text, colour)
        for place, text, colour in zip(places, texts, colours.tolist(), strict=True)
        if place is not None
    ]
    for place, text, colour in placed:
        if place.anchor is not None:
            _draw_line(canvas, place, text.shape, colour)
    for place, text, colour in placed:
        _draw_label(canvas, place, text, colour)


def _fit(names: Sequence[str], index: np.ndarray) -> tuple[list[np.ndarray], list[Place | None]]:
    """The names as they are drawn, and the places of their labels."""
    *larger, smallest = (max(_SMALLEST, round(max(index.shape) / part)) for part in _SIZES)
    width = int(_WIDEST * index.shape[1])
    texts = [_shorten(name, smallest, width) for name in names]
    area = sum(np.prod(_label_size(text.shape)) for text in texts)
    whole = [own for own in (draw_text(name, smallest).shape[1] for name in names) if own <= width]
    for size in larger:
        is_cut = max(whole, default=0) * size > width * smallest
        if not is_cut and area * (size / smallest) ** 2 <= _CROWDED * index.size:
            large = [_shorten(name, size, width) for name in names]
            places = place_labels(index, [_label_size(text.shape) for text in large])
            if None not in places:
                return large, places
    return texts, place_labels(index, [_label_size(text.shape) for text in texts])


def _shorten(name: str, size: int, width: int) -> np.ndarray:
    """A name as it is drawn, with an ellipsis for what is wider than the picture."""
    text, kept = draw_text(name, size), len(name)
    while text.shape[1] > width and kept:
        kept = min(kept - 1, kept * width // text.shape[1])
        text = draw_text(f'{name[:kept]}…', size)
    return text


def _label_size(text: tuple[int, ...]) -> tuple[int, int]:
    """(width, height) of the label of a text of (height, width)."""
    return text[1] + text[0] // 2, text[0] + 2


def _draw_line(canvas: np.ndarray, place: Place, text: tuple[int, ...], colour: list[int]) -> None:
    width, height = _label_size(text)
    assert place.anchor is not None
    x, y = place.anchor
    start = (
        int(np.clip(x, place.left, place.left + width)),
        int(np.clip(y, place.top, place.top + height)),
    )
    thickness = max(1, height // 12)
    cv2.line(canvas, start, place.anchor, colour, thickness, cv2.LINE_AA)
    cv2.circle(canvas, place.anchor, 2 * thickness, colour, cv2.FILLED, cv2.LINE_AA)


def _draw_label(canvas: np.ndarray, place: Place, text: np.ndarray, colour: list[int]) -> None:
    width, height = _label_size(text.shape)
    radius = height // 5
    corner = (place.left + radius, place.top + radius)
    opposite = (place.left + width - 1 - radius, place.top + height - 1 - radius)
    cv2.rectangle(canvas, corner, opposite, colour, 2 * radius, cv2.LINE_AA)  # rounds the corners
    cv2.rectangle(canvas, corner, opposite, colour, cv2.FILLED)
    top, left = place.top + 1, place.left + (width - text.shape[1]) // 2
    under = canvas[top : top + text.shape[0], left : left + text.shape[1]]
    ink = (text[..., None] / np.float32(255)) * (_ink(colour) - under.astype(np.float32))
    under += ink.round().astype(np.int16).astype(np.uint8)  # modulo 256, and back


def _ink(colour: list[int]) -> int:
    """Black or white, whichever stands out more from a colour, by WCAG's relative luminance."""
    luminance = np.dot((np.array(colour) / 255) ** 2.2, (0.0722, 0.7152, 0.2126))
    return 255 if luminance < 0.18 else 0
