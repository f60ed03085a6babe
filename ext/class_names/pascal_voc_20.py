"""Pascal VOC 2012 without its background: 20 classes."""

DATASET_NAME = 'PascalVOC20Dataset'

THINGS: tuple[str, ...] = ()

#: Candidates of the classes; semantic segmentation does not tell things from stuff.
STUFF: tuple[str, ...] = (
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
