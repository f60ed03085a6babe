"""What happens at a press of the button: words encoded, the picture segmented, and what to say of it."""

import html
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from page.neighbours import Neighbour, nearest_words
from page.picture import read_picture
from page.sharing import query_of
from page.texts import Texts, counted
from page.words import read_words, unknown_note
from seg.apis.nothing_found import nothing_found
from seg.apis.segmenter import Segmenter
from seg.panoptic.segmentation import Segmentation
from seg.runtime.project_files import how_to_run

_SCRIPT = 'demo/app.py'
SECONDS = 60  # that the words of a press may take to encode


@dataclass(frozen=True)
class Found:
    """What a press found, kept so that it can be shown in other ways without the model.

    Attributes:
        segmentation: The segments.
        nearest: For the class of each segment, those that are closest to it.
        query: The words as the query of an address; None if they are too long.
    """

    segmentation: Segmentation
    nearest: dict[int, list[Neighbour]]
    query: str | None


class Answer(NamedTuple):
    """What is known by now.

    Attributes:
        message: What happens or has happened, as HTML.
        found: The outcome; None before it is there, or if there is none.
    """

    message: str
    found: Found | None = None


def answer(
    segmenter: Segmenter, picture: Path | None, things: str, stuff: str, say: Texts
) -> Iterator[Answer]:
    """Segment a picture by typed words; what the user got wrong becomes the message.

    Args:
        segmenter: The model.
        picture: The file; None if there is none.
        things: Words as they were typed.
        stuff: The same for stuff.
        say: The texts of the visitor's language.

    Yields:
        Answers: what is being done, and last the outcome.
    """
    try:
        pixels = read_picture(picture, say)
        words = read_words(things, stuff, say)
        classes = counted(say['class'], len(words.candidates))
        encoding = say['encoding'].format(
            classes=classes, words=counted(say['word'], words.num_words)
        )
        yield Answer(_box('working', encoding))
        start = time.perf_counter()
        vocabulary = segmenter.encode(words.things, words.stuff, timeout=SECONDS)
        encoded = time.perf_counter()
        yield Answer(_box('working', say['segmenting']))
        segmented = segmenter(pixels, vocabulary=vocabulary)
        done = time.perf_counter()
    except (ValueError, TimeoutError) as error:
        yield Answer(refusal(str(error), say))
        return
    unknown = segmenter.unknown_words(words.classes)
    if not len(segmented):
        why = nothing_found(words.classes, segmenter.trained_on, _SCRIPT, unknown)
        message = say['empty'].format(
            why=html.escape(why),
            unknown=unknown_note(unknown, say),
            trained=counted(say['class'], len(segmenter.trained_on)),
            command=html.escape(how_to_run(_SCRIPT)),
        )
        yield Answer(_box('empty', message))
        return
    message = say['done'].format(
        segments=counted(say['segment_count'], len(segmented)),
        classes=classes,
        encoding=encoded - start,
        segmenting=done - encoded,
    )
    if unknown:
        message += f'<br>{unknown_note(unknown, say)}'
    nearest = nearest_words(vocabulary, segmented.labels.tolist())
    yield Answer(_box('done', message), Found(segmented, nearest, query_of(things, stuff)))


def refusal(reason: str, say: Texts) -> str:
    """The message to input that cannot be served."""
    return _box('refused', html.escape(say['refused'].format(reason=reason)))


def hint(say: Texts) -> str:
    """The message before the first press."""
    return _box('hint', say['hint'])


def _box(kind: str, text: str) -> str:
    # The region itself is live (layout.py), so that a screen reader says what comes into it.
    return f'<div class="rps-box rps-{kind}">{text}</div>'
