"""Pascal Context, the 59 most frequent classes, in the order of their labels."""

DATASET_NAME = 'PascalContext59Dataset'

THINGS: tuple[str, ...] = ()

#: Candidates of the classes; semantic segmentation does not tell things from stuff.
STUFF: tuple[str, ...] = (
    'aeroplane,airplane,plane',
    'bag,handbag,backpack',
    'bed',
    'bedclothes,bedding,blanket,quilt',
    'bench',
    'bicycle,bike',
    'bird',
    'boat,ship',
    'book',
    'bottle',
    'building,house',
    'bus',
    'cabinet,cupboard',
    'car,automobile',
    'cat',
    'ceiling',
    'chair',
    'cloth,fabric,towel',
    'computer,computer case',
    'cow,cattle',
    'cup,mug',
    'curtain,drape',
    'dog',
    'door',
    'fence,railing',
    'floor',
    'flower,blossom',
    'food,meal',
    'grass,lawn',
    'ground,soil,dirt',
    'horse',
    'keyboard',
    'lamp,light',
    'motorbike,motorcycle',
    'mountain,hill',
    'mouse,computer mouse',
    'person,man,woman,child',
    'plate,dish',
    'platform,railway platform',
    'potted plant,houseplant',
    'road,street',
    'rock,stone',
    'sheep',
    'shelves,shelf',
    'sidewalk,pavement',
    'sign,signboard',
    'sky',
    'snow',
    'sofa,couch',
    'table,dining table',
    'track,railway track',
    'train',
    'tree',
    'truck,lorry',
    'television,tv,monitor,screen',
    'wall',
    'water,sea,river',
    'window',
    'wood,plank',
)

#: The own names of ``labels.txt``, where they are not the class's first word.
_OTHER_NAMES = {'lamp': 'light', 'potted plant': 'pottedplant', 'television': 'tvmonitor'}

#: Pascal Context's own names of the classes, those of ``labels.txt``.
NAMES: tuple[str, ...] = tuple(
    _OTHER_NAMES.get(word, word) for word in (entry.partition(',')[0] for entry in STUFF)
)
