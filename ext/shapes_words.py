"""The words of the shapes world: what each shape, colour, texture, size and ground may be called.

The first word of each entry is the name that ``seg.shapes.looks`` draws from; the others are
its synonyms.
"""

SHAPES: dict[str, tuple[str, ...]] = {
    'circle': ('circle', 'disc', 'ball'),
    'square': ('square', 'box', 'block'),
    'triangle': ('triangle', 'wedge', 'delta'),
    'star': ('star', 'pentagram'),
    'cross': ('cross', 'plus'),
    'ring': ('ring', 'donut', 'hoop'),
    'heart': ('heart', 'valentine'),
    'hexagon': ('hexagon', 'honeycomb cell'),
    'diamond': ('diamond', 'rhombus', 'lozenge'),
    'ellipse': ('ellipse', 'oval', 'egg'),
}

COLOURS: dict[str, tuple[str, ...]] = {
    'red': ('red', 'crimson', 'scarlet'),
    'green': ('green', 'emerald'),
    'blue': ('blue', 'azure', 'cobalt'),
    'yellow': ('yellow', 'golden', 'lemon'),
    'purple': ('purple', 'violet'),
    'orange': ('orange', 'tangerine', 'amber'),
    'pink': ('pink', 'rosy'),
    'turquoise': ('turquoise', 'cyan', 'teal'),
    'brown': ('brown', 'chocolate'),
    'grey': ('grey', 'gray', 'silver'),
    'black': ('black', 'jet black'),
    'white': ('white', 'ivory'),
}

TEXTURES: dict[str, tuple[str, ...]] = {
    'plain': ('plain', 'solid'),
    'striped': ('striped', 'zebra'),
    'checkered': ('checkered', 'chessboard'),
    'spotted': ('spotted', 'dotted', 'polka dot'),
}

SIZES: dict[str, tuple[str, ...]] = {
    'small': ('small', 'little', 'tiny'),
    'large': ('large', 'big', 'huge'),
}

STUFF: dict[str, tuple[str, ...]] = {
    'grass': ('grass', 'lawn', 'meadow'),
    'sky': ('sky', 'blue sky'),
    'sand': ('sand', 'beach', 'desert'),
    'brick wall': ('brick wall', 'bricks', 'wall of bricks'),
    'water': ('water', 'lake', 'sea'),
    'snow': ('snow', 'snowfield'),
}
