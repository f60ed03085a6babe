"""Pascal VOC 2012: its background, by words of what is seen there, and 20 classes."""

from ext.class_names import pascal_voc_20

DATASET_NAME = 'PascalVOC21Dataset'

THINGS: tuple[str, ...] = ()

#: Candidates of the classes; semantic segmentation does not tell things from stuff.
STUFF: tuple[str, ...] = (
    'background,building,wall,floor,ceiling,ground,grass,tree,sky,water,road,rock,snow,mountain,window,door,curtain,shelf,cabinet,bed,book,lamp,sign,fence,flower,box,cloth',
    *pascal_voc_20.STUFF,
)
