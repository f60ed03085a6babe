"""What the page begins with: words, and pictures of the shapes world to try them on."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from seg.panoptic.picture import write_image
from seg.shapes.scene import render_scene
from seg.shapes.worlds import get_world
from seg.text_classifier.vocabulary import Vocabulary

_SIZE = (192, 256)
_FIRST_THINGS, _FIRST_STUFF = 12, 6


class Example(NamedTuple):
    """A picture and words for what it shows.

    Attributes:
        seed: The picture's.
        title: Of the label that says what the words are, see :mod:`page.texts`.
        things: Words for things, as typed.
        stuff: Words for stuff, as typed.
    """

    seed: int
    title: str
    things: str
    stuff: str


EXAMPLES: tuple[Example, ...] = (
    Example(
        0,
        'training_words',
        'orange circle, orange disc; orange ring, orange donut; green cross; red star; zebra',
        'sand; water, sea; sky',
    ),
    Example(
        3,
        'new_words',
        'golden block; violet wedge; emerald ball; purple square, purple box',
        'meadow; lake; blue sky',
    ),
    Example(8, 'shapes', 'ring; square; triangle; circle; cross', 'water; snow; sky'),
)


def write_examples(folder: Path) -> list[tuple[Path, Example]]:
    """Write the picture of each example into ``folder``."""
    written = []
    for example in EXAMPLES:
        rng = np.random.default_rng(example.seed)
        scene = render_scene(get_world('shapes_open'), rng, _SIZE)
        file = folder / f'{example.title}.png'
        write_image(file, scene.image[..., ::-1])
        written.append((file, example))
    return written


def first_words(vocabulary: Vocabulary) -> tuple[str, str]:
    """Words for things and for stuff, as typed: some classes of the vocabulary."""
    names, count = vocabulary.first_names(), len(vocabulary.things)
    things, stuff = names[:count], names[count:]
    return '; '.join(things[:_FIRST_THINGS]), '; '.join(stuff[:_FIRST_STUFF])
