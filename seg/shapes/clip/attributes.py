"""What pictures show and captions say, as numbers, and which captions are true of which pictures."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ext import shapes_words

SHAPES = tuple(shapes_words.SHAPES)
COLOURS = tuple(shapes_words.COLOURS)
TEXTURES = tuple(shapes_words.TEXTURES)
SIZES = tuple(shapes_words.SIZES)
GROUNDS = tuple(shapes_words.STUFF)

#: Words of each attribute, by the name of the attribute.
WORDS = {'shape': SHAPES, 'colour': COLOURS, 'texture': TEXTURES, 'size': SIZES, 'ground': GROUNDS}

#: Radii in pixels up to which a thing is small, and from which it is large; between, it is neither.
SMALL, LARGE = 15.5, 23.0

#: Values of an entry of :func:`truth`.
FALSE, TRUE, UNKNOWN = 0, 1, -1


class Shown(NamedTuple):
    """What is seen in a picture of one thing, or in one segment of a scene.

    Attributes:
        shape: The shape; None where there is only stuff.
        colour: The colour; None for a pattern with two colours of its own.
        texture: The texture, None for stuff.
        size: 'small', 'large', or None where it is neither or not known.
        grounds: The stuff that is seen.
        is_segment: Whether the stuff around a thing is left out.
    """

    shape: str | None = None
    colour: str | None = None
    texture: str | None = None
    size: str | None = None
    grounds: tuple[str, ...] = ()
    is_segment: bool = False


class Said(NamedTuple):
    """What a caption says; None where it says nothing.

    Attributes:
        shape: The shape; None in a caption of stuff alone.
        colour: The colour.
        texture: The texture.
        size: 'small' or 'large'.
        ground: The stuff: of the caption itself, or what the thing is on.
    """

    shape: str | None = None
    colour: str | None = None
    texture: str | None = None
    size: str | None = None
    ground: str | None = None


def truth(shown: Sequence[Shown], said: Sequence[Said]) -> np.ndarray:
    """Which captions are true of which pictures.

    A caption is true if everything it says is seen. It is unknown whether a thing that is neither
    small nor large is as large as a caption says, what a segment's thing is on, and whether a
    caption of stuff alone names a picture of a thing on that stuff.

    Args:
        shown: N pictures or segments.
        said: M captions.

    Returns:
        int8 [N, M] of ``FALSE``, ``TRUE`` and ``UNKNOWN``.
    """
    of_thing = np.array([s.shape is not None for s in shown])[:, None]
    names_thing = np.array([s.shape is not None for s in said])[None]
    false = of_thing & ~names_thing | ~of_thing & names_thing
    unknown = np.zeros(false.shape, bool)
    for field in ('shape', 'colour', 'texture', 'size'):
        seen, named = _column(shown, field)[:, None], _column(said, field)[None]
        differ = (named != None) & (seen != named)  # noqa: E711  element by element
        if field == 'size':
            not_known = differ & (seen == None)  # noqa: E711
            unknown |= not_known
            differ &= ~not_known
        false |= differ
    grounds = np.array([[g in s.grounds for g in GROUNDS] for s in shown])
    named = np.array([GROUNDS.index(s.ground) if s.ground else -1 for s in said])
    is_segment = np.array([s.is_segment for s in shown])[:, None]
    ground_is_seen = np.where(named[None] >= 0, grounds[:, named], True)
    false |= ~ground_is_seen & ~(is_segment & of_thing & names_thing)
    unknown |= ~ground_is_seen & is_segment & of_thing & names_thing
    # 'grass' may be said of a circle on grass, though nobody need say so.
    only_ground = of_thing & ~names_thing & ground_is_seen & ~is_segment
    unknown |= only_ground
    false &= ~only_ground
    return np.where(false, FALSE, np.where(unknown, UNKNOWN, TRUE)).astype(np.int8)


def attribute_numbers(rows: Sequence[Shown | Said]) -> np.ndarray:
    """Each attribute as an index into its words, -1 where there is none: int64 [N, 5].

    The last one is the ground, and only where a row is of one kind of stuff alone.
    """
    numbers = np.full((len(rows), len(WORDS)), -1)
    for row, own in zip(rows, numbers, strict=True):
        if row.shape is None:
            grounds = row.grounds if isinstance(row, Shown) else (row.ground,)
            own[-1] = GROUNDS.index(grounds[0]) if len(grounds) == 1 else -1
            continue
        for column, (field, words) in enumerate(WORDS.items()):
            word = getattr(row, field) if field != 'ground' else None
            own[column] = -1 if word is None else words.index(word)
    return numbers


def size_word(radius: float) -> str | None:
    """The size of a thing by its radius in pixels; None where it is neither small nor large."""
    if radius <= SMALL:
        return 'small'
    return 'large' if radius >= LARGE else None


def _column(rows: Sequence[NamedTuple], field: str) -> np.ndarray:
    return np.array([getattr(row, field) for row in rows], object)
