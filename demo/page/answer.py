"""What the page shows for a picture and typed words: an overlay, a table, and one line of text."""

import html
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from seg.apis.nothing_found import nothing_found
from seg.apis.segmenter import Segmenter
from seg.panoptic.segmentation import Segmentation
from seg.runtime.image_files import UnreadableImageError, read_image, read_image_header
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.class_list import parse_classes

SECONDS = 60  # that the words of a press may take to encode
MAX_CHARACTERS = 20_000  # of things and stuff together
MAX_CANDIDATES = 2000
MAX_PIXELS = 50_000_000  # of a picture before it is made smaller; decoded, 12 bytes each
LONGEST_SIDE = 1600  # larger pictures cost time and show no more
_SHORTEST_SIDE = 8
_LARGEST_RATIO = 40


class Answer(NamedTuple):
    """The outcome of a press of the button.

    Attributes:
        picture: The overlay, uint8 [H, W, 3] in RGB; None if there is none.
        table: The segments as HTML.
        message: What happened, as HTML.
    """

    picture: np.ndarray | None
    table: str
    message: str


def answer(segmenter: Segmenter, image: np.ndarray | None, things: str, stuff: str) -> Answer:
    """Segment a picture by typed words; what the user got wrong becomes the message.

    Args:
        segmenter: The model.
        image: uint8 [H, W, 3] in RGB; None if there is none.
        things: Words as :func:`parse_classes` takes them.
        stuff: The same for stuff.
    """
    try:
        characters = len(things or '') + len(stuff or '')
        if characters > MAX_CHARACTERS:
            raise ValueError(f'{characters:,} characters; give at most {MAX_CHARACTERS:,}.')
        pixels = _checked(image)
        own_things, own_stuff = parse_classes(things or ''), parse_classes(stuff or '')
        if not own_things and not own_stuff:
            raise ValueError(
                'Type a word for at least one class, for example: red circle, disc; star'
            )
        candidates = split_classes((*own_things, *own_stuff))
        words = sum(map(len, candidates))
        if words > MAX_CANDIDATES:
            raise ValueError(f'{words:,} words with synonyms; give at most {MAX_CANDIDATES:,}.')
        start = time.perf_counter()
        vocabulary = segmenter.encode(own_things, own_stuff, timeout=SECONDS)
        encoded = time.perf_counter()
        segmented = segmenter(pixels, vocabulary=vocabulary)
        done = time.perf_counter()
    except (ValueError, TimeoutError) as error:
        return refusal(str(error))
    if not len(segmented):
        why = nothing_found((*own_things, *own_stuff), segmenter.trained_on, 'demo/app.py')
        message = f'<div class="rps-empty" role="alert">{html.escape(why)}</div>'
        return Answer(np.asarray(segmented.plot()), '', message)
    found = '1 segment' if len(segmented) == 1 else f'{len(segmented)} segments'
    classes = '1 class' if len(candidates) == 1 else f'{len(candidates)} classes'
    message = (
        f'<b>{found}</b> of {classes}. Words encoded in {encoded - start:.2f} s, '
        f'picture segmented in {done - encoded:.2f} s.{_shared_words(candidates)}'
    )
    overlay, table = np.asarray(segmented.plot()), segment_table(segmented)
    return Answer(overlay, table, f'<div class="rps-done">{message}</div>')


def read_picture(file: Path) -> np.ndarray:
    """A picture, turned upright: uint8 [H, W, 3] in RGB.

    Raises:
        ValueError: If it is no picture, or has too many pixels, which is seen before it is decoded.
    """
    try:
        width, height = read_image_header(file).size
        if width * height <= MAX_PIXELS:
            return read_image(file, upright=True)[..., ::-1]
    except (UnreadableImageError, OSError):  # its message names a folder that is not the visitor's
        raise ValueError('The file is not a readable picture; use PNG or JPEG.') from None
    raise ValueError(
        f'The picture has {width:,} x {height:,} pixels; give one of at most '
        f'{MAX_PIXELS // 10**6} megapixels.'
    )


def refusal(reason: str) -> Answer:
    """The answer to input that cannot be served."""
    return Answer(None, '', f'<div class="rps-refused" role="alert">{html.escape(reason)}</div>')


def segment_table(segments: Segmentation) -> str:
    """The segments as an HTML table, each with the colour that it has in the picture."""
    rows = []
    for segment, (red, green, blue) in zip(segments, segments.colours, strict=True):
        rows.append(
            f'<tr><td><span class="rps-colour" style="background:rgb({red},{green},{blue})">'
            f'</span></td><td>{html.escape(segment.name)}</td>'
            f'<td>{"thing" if segment.is_thing else "stuff"}</td>'
            f'<td>{segment.score:.2f}</td><td>{100 * segment.mask.mean():.1f} %</td></tr>'
        )
    head = ''.join(f'<th>{name}</th>' for name in ('', 'class', 'kind', 'score', 'of the picture'))
    return f'<table class="rps-segments"><tr>{head}</tr>{"".join(rows)}</table>'


def _checked(image: np.ndarray | None) -> np.ndarray:
    """The picture in BGR, made smaller if it is large."""
    if image is None:
        raise ValueError('Give a picture first: drop one on the left, or choose an example.')
    height, width = image.shape[:2]
    short, long = sorted((height, width))
    if short < _SHORTEST_SIDE or long > _LARGEST_RATIO * short:
        raise ValueError(
            f'The picture has {width} x {height} pixels; give one of at least {_SHORTEST_SIDE} on '
            f'either side and no longer than {_LARGEST_RATIO} times its width.'
        )
    bgr = np.ascontiguousarray(image[..., ::-1])
    if long <= LONGEST_SIDE:
        return bgr
    size = (round(width * LONGEST_SIDE / long), round(height * LONGEST_SIDE / long))
    return cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)


def _shared_words(candidates: Sequence[Sequence[str]]) -> str:
    """A note on words that stand for more than one class, of which the first one wins."""
    owners: dict[str, list[str]] = {}
    for own in candidates:
        for word in own:
            owners.setdefault(word, []).append(own[0])
    shared = [word for word, names in owners.items() if len(names) > 1]
    if not shared:
        return ''
    shown = ', '.join(map(repr, shared[:5])) + (', ...' if len(shared) > 5 else '')
    return f'<br>In more than one class, so that the first one wins: {html.escape(shown)}.'
