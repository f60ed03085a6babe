"""The open shapes world as training sees it: the 24 base things and 6 stuff of ``shapes_open``."""

from ext.class_names import shapes_open

DATASET_NAME = 'ShapesBasePanopticDataset'

#: Candidates of the 24 things.
THINGS: tuple[str, ...] = shapes_open.BASE

#: Candidates of the 6 stuff classes.
STUFF: tuple[str, ...] = shapes_open.STUFF

CLASSES: tuple[str, ...] = THINGS + STUFF

_WHERE = tuple(shapes_open.CLASSES.index(name) for name in CLASSES)

#: The names in the annotation files.
NAMES: tuple[str, ...] = tuple(shapes_open.NAMES[index] for index in _WHERE)

#: One RGB colour a class.
PALETTE: tuple[tuple[int, int, int], ...] = tuple(shapes_open.PALETTE[index] for index in _WHERE)
