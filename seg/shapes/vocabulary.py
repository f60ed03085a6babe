"""The class sets that a synthetic data set can have, each class with its look."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ext.class_names import ade20k_panoptic, shapes, shapes_full, shapes_open
from seg.shapes.looks import COLOURS, STUFF_LOOKS, Look, shaded, thing_look
from seg.shapes.outlines import outline_names


@dataclass(frozen=True)
class ShapesVocabulary:
    """Classes of a synthetic data set, things first; a class's index is its category id.

    Attributes:
        names: The C names in the annotation file.
        looks: A look of each class; stuff has no outline.
        palette: One RGB colour a class.
        novel: Number of things, the last ones, that the training split leaves out.
    """

    names: tuple[str, ...]
    looks: tuple[Look, ...]
    palette: tuple[tuple[int, int, int], ...]
    novel: int = 0

    @property
    def things(self) -> range:
        """Indices of the things."""
        return range(sum(look.outline is not None for look in self.looks))

    @property
    def stuff(self) -> range:
        """Indices of the stuff classes."""
        return range(len(self.things), len(self.names))

    def things_of(self, split: str) -> range:
        """Indices of the things that a split may hold, 'train' or 'val'."""
        return self.things[: len(self.things) - self.novel] if split == 'train' else self.things

    def categories(self, split: str) -> list[dict]:
        """The ``categories`` of a split, in COCO's panoptic format."""
        return [
            {
                'id': label,
                'name': self.names[label],
                'isthing': int(label in self.things),
                'color': list(self.palette[label]),
            }
            for label in (*self.things_of(split), *self.stuff)
        ]


def vocabulary_names() -> tuple[str, ...]:
    """The vocabularies there are."""
    return tuple(_VOCABULARIES)


@cache
def get_vocabulary(name: str) -> ShapesVocabulary:
    """A vocabulary by name.

    Raises:
        ValueError: If there is none of this name; lists them.
    """
    if name not in _VOCABULARIES:
        raise ValueError(f'unknown vocabulary {name!r}; there are {", ".join(_VOCABULARIES)}')
    return _VOCABULARIES[name]()


def _from_names(
    names: Sequence[str], things: int, palette: Sequence, novel: int = 0
) -> ShapesVocabulary:
    looks = [thing_look(name) for name in names[:things]]
    looks += [STUFF_LOOKS[name] for name in names[things:]]
    return ShapesVocabulary(tuple(names), tuple(looks), tuple(palette), novel)


def _shapes() -> ShapesVocabulary:
    return _from_names(shapes.NAMES, len(shapes.THINGS), shapes.PALETTE)


def _shapes_full() -> ShapesVocabulary:
    return _from_names(shapes_full.NAMES, len(shapes_full.THINGS), shapes_full.PALETTE)


def _shapes_open() -> ShapesVocabulary:
    things, novel = len(shapes_open.THINGS), len(shapes_open.NOVEL)
    return _from_names(shapes_open.NAMES, things, shapes_open.PALETTE, novel)


def _ade20k() -> ShapesVocabulary:
    """ADE20K's 150 names, each with a look of its own that has nothing to do with its meaning.

    The 100 things are 10 outlines in 10 colours, the 50 stuff classes 5 textures in 10 colours.
    """
    colours = list(COLOURS.values())[:10]
    looks = [
        Look('plain', (colour, shaded(colour)), outline)
        for colour in colours
        for outline in outline_names()
    ]
    looks += [
        Look(texture, (_muted(colour), _muted(shaded(colour, 0.35))), period=9)
        for texture in ('noisy', 'graded', 'bricked', 'wavy', 'tiled')
        for colour in colours
    ]
    return ShapesVocabulary(ade20k_panoptic.NAMES, tuple(looks), ade20k_panoptic.PALETTE)


def _muted(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Half-way to a light grey, so that things stand out from stuff of the same colour."""
    return tuple((value + 170) // 2 for value in colour)


_VOCABULARIES = {
    'shapes': _shapes,
    'shapes_full': _shapes_full,
    'shapes_open': _shapes_open,
    'ade20k': _ade20k,
}
