"""The full shapes world: 36 things, every shape in every colour, and 6 stuff classes.

Colour alone does not tell these classes apart, nor does shape. A class's own name, the first
candidate, says how it looks: ``seg.shapes.looks`` reads its words.
"""

DATASET_NAME = 'ShapesFullPanopticDataset'

#: The words for each shape, its own name first.
SHAPES: dict[str, tuple[str, ...]] = {
    'circle': ('circle', 'disc', 'ball'),
    'square': ('square', 'box', 'block'),
    'triangle': ('triangle', 'wedge'),
    'star': ('star', 'pentagram'),
    'cross': ('cross', 'plus'),
    'ring': ('ring', 'donut', 'hoop'),
}

#: The RGB colour of each colour word.
COLOURS: dict[str, tuple[int, int, int]] = {
    'red': (220, 30, 40),
    'green': (20, 170, 60),
    'blue': (30, 70, 220),
    'yellow': (245, 215, 30),
    'purple': (130, 40, 170),
    'orange': (245, 130, 20),
}

#: Candidates of the 36 things: 'red circle,red disc,red ball', ...
THINGS: tuple[str, ...] = tuple(
    ','.join(f'{colour} {word}' for word in words)
    for words in SHAPES.values()
    for colour in COLOURS
)

#: Candidates of the 6 stuff classes.
STUFF: tuple[str, ...] = (
    'grass,lawn,meadow',
    'sky,blue sky',
    'sand,beach,desert',
    'brick wall,bricks,wall of bricks',
    'water,lake,sea',
    'snow,snowfield',
)

CLASSES: tuple[str, ...] = THINGS + STUFF

#: The names in the annotation files.
NAMES: tuple[str, ...] = tuple(entry.partition(',')[0] for entry in CLASSES)

#: One RGB colour a class; a thing's is a shade of its own colour.
PALETTE: tuple[tuple[int, int, int], ...] = (
    *(
        tuple(round(value * (1 - 0.1 * shade)) for value in colour)
        for shade in range(len(SHAPES))
        for colour in COLOURS.values()
    ),
    (110, 140, 60),
    (150, 200, 240),
    (215, 190, 140),
    (165, 85, 70),
    (40, 120, 140),
    (240, 245, 250),
)
