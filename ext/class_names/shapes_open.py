"""The open shapes world: 24 base things that training sees, 12 novel ones that it does not, 6 stuff.

The things are the 36 of ``shapes_full``, six shapes in six colours. Every shape and every colour has
four base and two novel ones: of the two, one is called by words that base classes use as well, put
together anew (``red ring``), the other by words that no base class uses (``violet wedge``).
"""

from ext.class_names import shapes_full
from ext.shapes_words import COLOURS, SHAPES

DATASET_NAME = 'ShapesOpenPanopticDataset'

#: The synonyms kept for novel classes, of each shape and each colour. No base class has one.
RESERVED: dict[str, str] = {
    'circle': 'ball',
    'square': 'block',
    'triangle': 'wedge',
    'star': 'pentagram',
    'cross': 'plus',
    'ring': 'hoop',
    'red': 'crimson',
    'green': 'emerald',
    'blue': 'azure',
    'yellow': 'golden',
    'purple': 'violet',
    'orange': 'tangerine',
}

_SHAPES, _COLOURS = tuple(shapes_full.SHAPES), tuple(shapes_full.COLOURS)


def _diagonal(step: int) -> tuple[tuple[str, str], ...]:
    """A shape and a colour each, every shape once and every colour once."""
    return tuple(
        (shape, _COLOURS[(number + step) % len(_COLOURS)]) for number, shape in enumerate(_SHAPES)
    )


def _open_names(shape: str, colour: str) -> str:
    """'red circle,red disc,scarlet circle,scarlet disc': all words but the reserved ones."""
    colours, shapes = (
        [word for word in words if word not in RESERVED.values()]
        for words in (COLOURS[colour], SHAPES[shape])
    )
    return ','.join(f'{adjective} {noun}' for adjective in colours for noun in shapes)


_RECOMBINED, _RENAMED = _diagonal(1), _diagonal(2)
_BASE = tuple(
    (shape, colour)
    for shape in _SHAPES
    for colour in _COLOURS
    if (shape, colour) not in _RECOMBINED + _RENAMED
)

#: Candidates of the 24 things that training sees.
BASE: tuple[str, ...] = tuple(_open_names(*look) for look in _BASE)

#: Candidates of the 12 things that it does not: six new combinations, then six new names.
NOVEL: tuple[str, ...] = (
    *(_open_names(*look) for look in _RECOMBINED),
    *(f'{RESERVED[colour]} {RESERVED[shape]}' for shape, colour in _RENAMED),
)

THINGS: tuple[str, ...] = BASE + NOVEL

#: What training does not see.
UNSEEN: tuple[str, ...] = NOVEL

#: Candidates of the 6 stuff classes, all of them seen in training.
STUFF: tuple[str, ...] = shapes_full.STUFF

CLASSES: tuple[str, ...] = THINGS + STUFF

#: The names in the annotation files, which say how a class looks; a violet wedge is a
#: 'purple triangle' there.
NAMES: tuple[str, ...] = (
    *(f'{colour} {shape}' for shape, colour in _BASE + _RECOMBINED + _RENAMED),
    *shapes_full.NAMES[len(shapes_full.THINGS) :],
)

#: One RGB colour a class, that of ``shapes_full``.
PALETTE: tuple[tuple[int, int, int], ...] = tuple(
    dict(zip(shapes_full.NAMES, shapes_full.PALETTE, strict=True))[name] for name in NAMES
)
