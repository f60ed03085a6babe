"""The worlds that can be drawn: a vocabulary, and how each of its classes looks."""

from dataclasses import dataclass
from functools import cache

from seg.shapes.looks import COLOURS, STUFF_LOOKS, Look, shaded, thing_look
from seg.shapes.outlines import outline_names
from seg.text_classifier.vocabulary import Vocabulary

#: The file of class names of each world.
_NAMES = {
    'shapes': 'shapes',
    'shapes_full': 'shapes_full',
    'shapes_open': 'shapes_open',
    'ade20k': 'ade20k_panoptic',
}


@dataclass(frozen=True)
class World:
    """Classes that can be drawn; a class's index is its category id.

    Attributes:
        vocabulary: The C classes, things first.
        looks: A look of each class; stuff has no outline.
    """

    vocabulary: Vocabulary
    looks: tuple[Look, ...]

    @property
    def things(self) -> range:
        """Indices of the things."""
        return range(len(self.vocabulary.things))

    @property
    def stuff(self) -> range:
        """Indices of the stuff classes."""
        return range(len(self.things), len(self.looks))

    def things_of(self, split: str) -> range:
        """Indices of the things that a split may hold: 'val' all, 'train' those that it is to see."""
        unseen = len(self.vocabulary.unseen) if split == 'train' else 0
        return self.things[: len(self.things) - unseen]

    def categories(self, split: str) -> list[dict]:
        """The ``categories`` of a split, in COCO's panoptic format."""
        return [
            {
                'id': label,
                'name': self.vocabulary.category_names[label],
                'isthing': int(label in self.things),
                'color': list(self.vocabulary.palette[label]),
            }
            for label in (*self.things_of(split), *self.stuff)
        ]


def world_names() -> tuple[str, ...]:
    """The worlds there are."""
    return tuple(_NAMES)


@cache
def get_world(name: str) -> World:
    """A world by name.

    Raises:
        ValueError: If there is none of this name; lists them.
    """
    if name not in _NAMES:
        raise ValueError(f'unknown vocabulary {name!r}; there are {", ".join(_NAMES)}')
    vocabulary = Vocabulary.of(_NAMES[name])
    return World(vocabulary, _made_up_looks() if name == 'ade20k' else _looks_by_name(vocabulary))


def _looks_by_name(vocabulary: Vocabulary) -> tuple[Look, ...]:
    count = len(vocabulary.things)
    things = [thing_look(name) for name in vocabulary.category_names[:count]]
    return (*things, *(STUFF_LOOKS[name] for name in vocabulary.category_names[count:]))


def _made_up_looks() -> tuple[Look, ...]:
    """A look of its own for each of ADE20K's 150 names, which has nothing to do with its meaning.

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
    return tuple(looks)


def _muted(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Half-way to a light grey, so that things stand out from stuff of the same colour."""
    return tuple((value + 170) // 2 for value in colour)
