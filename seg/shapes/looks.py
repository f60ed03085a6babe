"""What things and stuff look like, read from the words of their names."""

from dataclasses import dataclass

from seg.shapes.outlines import outline_names
from seg.shapes.textures import texture_names

Colour = tuple[int, int, int]

#: The RGB colours that words stand for.
COLOURS: dict[str, Colour] = {
    'red': (220, 30, 40),
    'green': (20, 170, 60),
    'blue': (30, 70, 220),
    'yellow': (245, 215, 30),
    'purple': (130, 40, 170),
    'orange': (245, 130, 20),
    'pink': (250, 130, 185),
    'turquoise': (30, 200, 200),
    'brown': (120, 70, 30),
    'grey': (125, 125, 130),
    'black': (25, 25, 25),
    'white': (240, 240, 240),
}

#: Textures with colours of their own, for names that have no colour word.
PATTERN_COLOURS: dict[str, tuple[Colour, Colour]] = {
    'striped': (COLOURS['black'], COLOURS['white']),
    'checkered': (COLOURS['turquoise'], COLOURS['black']),
    'spotted': (COLOURS['white'], (140, 85, 40)),
}


@dataclass(frozen=True)
class Look:
    """The look of a class.

    Attributes:
        texture: One of ``texture_names()``.
        colours: The two colours that the texture mixes.
        outline: One of ``outline_names()``; None for stuff.
        period: The texture's period in pixels of an image with a short side of 128; None for
            things, whose texture has the scale of the thing.
    """

    texture: str
    colours: tuple[Colour, Colour]
    outline: str | None = None
    period: float | None = None


#: Looks of stuff by name.
STUFF_LOOKS: dict[str, Look] = {
    'grass': Look('noisy', ((70, 105, 30), (150, 175, 85)), period=8),
    'sky': Look('graded', ((90, 160, 235), (205, 230, 250)), period=8),
    'sand': Look('noisy', ((200, 170, 115), (235, 215, 170)), period=8),
    'brick wall': Look('bricked', ((165, 85, 70), (205, 195, 185)), period=9),
    'water': Look('wavy', ((20, 85, 110), (70, 150, 165)), period=10),
    'snow': Look('noisy', ((225, 232, 240), (252, 253, 255)), period=8),
}


def thing_look(name: str) -> Look:
    """Look of a thing: 'red circle', 'striped hexagon', 'green spotted star', ...

    The words are a shape and a colour, a texture, or both; plain where no texture is named.

    Raises:
        ValueError: If a word is unknown, or there is no shape, or neither colour nor texture.
    """
    outline = colour = texture = None
    for word in name.split():
        if word in outline_names():
            outline = word
        elif word in COLOURS:
            colour = COLOURS[word]
        elif word in texture_names():
            texture = word
        else:
            raise ValueError(f'{word!r} in {name!r} is no shape, colour or texture')
    if outline is not None and colour is not None:
        return Look(texture or 'plain', (colour, shaded(colour)), outline)
    if outline is not None and texture in PATTERN_COLOURS:
        return Look(texture, PATTERN_COLOURS[texture], outline)
    raise ValueError(f'{name!r} needs a shape, and a colour or one of {list(PATTERN_COLOURS)}')


def shaded(colour: Colour, amount: float = 0.6) -> Colour:
    """A colour that stands out from ``colour`` and is kin to it: darker, or lighter if dark."""
    towards = 0 if sum(colour) > 300 else 255
    red, green, blue = (round(value + amount * (towards - value)) for value in colour)
    return red, green, blue
