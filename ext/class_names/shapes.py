"""The small shapes world: 10 things and 4 stuff classes that colour and texture tell apart.

Small enough to be learned from random weights on a CPU. A class's own name, the first candidate,
says how it looks: ``seg.shapes.looks`` reads its words.
"""

DATASET_NAME = 'ShapesPanopticDataset'

#: Candidates of the 10 things.
THINGS: tuple[str, ...] = (
    'red circle,red disc,red ball',
    'green square,green box,green block',
    'blue triangle,blue wedge',
    'yellow star,golden star',
    'purple cross,purple plus,violet cross',
    'orange ring,orange donut,orange hoop',
    'pink heart,rosy heart',
    'striped hexagon,zebra hexagon',
    'checkered diamond,chessboard diamond',
    'spotted ellipse,spotted oval,polka dot oval',
)

#: Candidates of the 4 stuff classes.
STUFF: tuple[str, ...] = (
    'grass,lawn,meadow',
    'sky,blue sky',
    'sand,beach,desert',
    'brick wall,bricks,wall of bricks',
)

CLASSES: tuple[str, ...] = THINGS + STUFF

#: The names in the annotation files.
NAMES: tuple[str, ...] = tuple(entry.partition(',')[0] for entry in CLASSES)

#: One RGB colour a class.
PALETTE: tuple[tuple[int, int, int], ...] = (
    (220, 30, 40),
    (20, 170, 60),
    (30, 70, 220),
    (245, 215, 30),
    (130, 40, 170),
    (245, 130, 20),
    (250, 130, 185),
    (90, 90, 90),
    (20, 200, 200),
    (140, 85, 40),
    (110, 140, 60),
    (150, 200, 240),
    (215, 190, 140),
    (165, 85, 70),
)
