"""Cityscapes: 8 things and 11 stuff classes, those with a train id, in the order of these within each kind.

The first candidates are the names in the annotation files.
"""

DATASET_NAME = 'CityscapesPanopticDataset'

#: Candidates of the things.
THINGS: tuple[str, ...] = (
    'person,pedestrian,man,woman,child',
    'rider,cyclist,motorcyclist',
    'car,cars,automobile',
    'truck,lorry',
    'bus,coach',
    'train,tram',
    'motorcycle,motorbike,scooter',
    'bicycle,bike',
)

#: Candidates of the stuff classes.
STUFF: tuple[str, ...] = (
    'road,street,asphalt',
    'sidewalk,pavement',
    'building,house,facade',
    'wall,standing wall',
    'fence,railing',
    'pole,post',
    'traffic light,traffic signal',
    'traffic sign,road sign',
    'vegetation,tree,bush,hedge',
    'terrain,grass,lawn,soil',
    'sky',
)
