"""Pascal VOC 2012: its background, by words of what is seen there, and 20 classes."""

DATASET_NAME = 'PascalVOC21Dataset'

THINGS: tuple[str, ...] = ()

#: Candidates of the classes; semantic segmentation does not tell things from stuff.
STUFF: tuple[str, ...] = (
    'background,building,wall,floor,ceiling,ground,grass,tree,sky,water,road,rock,snow,mountain,window,door,curtain,shelf,cabinet,bed,book,lamp,sign,fence,flower,box,cloth',
    'aeroplane,airplane,plane',
    'bicycle,bike',
    'bird',
    'boat,ship',
    'bottle',
    'bus',
    'car,automobile',
    'cat',
    'chair',
    'cow,cattle',
    'dining table,table',
    'dog',
    'horse',
    'motorbike,motorcycle',
    'person,man,woman,child',
    'potted plant,houseplant',
    'sheep',
    'sofa,couch',
    'train',
    'television,tv,monitor,screen',
)
