"""Small test sets as they are released, before ``tools/prepare_test_sets.py``."""

import pickle
from pathlib import Path

import numpy as np
import scipy.io
from layouts import SIZE, picture
from PIL import Image

from ext.class_names import ade20k_full, pascal_context_459

CONTEXT_PICTURES = ('2008_000002', '2008_000003', '2009_000012')
#: Height and width; the second is measured at 512 x 640.
ADE_PICTURES = {'ADE_val_00000001': SIZE, 'ADE_val_00000002': (640, 800)}
#: Side of the blocks of one colour and one object.
ADE_BLOCKS = {'ADE_val_00000001': 8, 'ADE_val_00000002': 80}


def write_pascal_context(root: Path) -> dict[str, int]:
    """VOC 2010 with Pascal Context in it; the number of each name, which is not its place."""
    names = pascal_context_459.NAMES
    rng = np.random.default_rng(0)
    numbers = dict(zip(names, (1 + rng.permutation(459)).tolist(), strict=True))
    (root / 'trainval').mkdir(parents=True)
    lines = [f'{number}: {name}' for name, number in numbers.items()]
    (root / 'labels.txt').write_text('\n'.join(lines) + '\n')
    for place, name in enumerate((*CONTEXT_PICTURES, '2008_000008')):
        picture(root / f'JPEGImages/{name}.jpg', place)
        own = rng.choice(460, (4, 4)).repeat(SIZE[0] // 4, 0).repeat(SIZE[1] // 4, 1)
        own[:3], own[-4:] = 0, numbers[('wall', 'tvmonitor', 'light', 'case')[place]]
        scipy.io.savemat(root / f'trainval/{name}.mat', {'LabelMap': own.astype(np.uint16)})
    listed = root / 'ImageSets/Main/val.txt'
    listed.parent.mkdir(parents=True)
    listed.write_text('\n'.join(CONTEXT_PICTURES) + '\n')
    return numbers


def write_ade20k_full(root: Path, protocol: int = 4) -> list[str]:
    """``ADE20K_2021_17_01``; the names of its objects, of which the classes are some."""
    rng = np.random.default_rng(0)
    objects = [*ade20k_full.NAMES, *(f'other {number}' for number in range(2000))]
    objects = [objects[place] for place in rng.permutation(len(objects))]
    as_released = {
        'jersey, t-shirt, tee shirt': 'jersey, T-shirt, tee shirt',
        'screen, crt screen': 'screen, CRT screen',
    }
    spelt = [as_released.get(name, name) for name in objects]
    names = [f'{name}.jpg' for name in ADE_PICTURES]
    index = dict(
        description={'filename': 'the names of the pictures'},
        filename=np.array(['ADE_train_00000001.jpg', *names], dtype=object),
        objectnames=spelt,
        objectPresence=rng.integers(0, 3, (len(spelt), 3)).astype(np.float32),
        wordnet_frequency=[np.float64(1.5), np.int64(2)],
    )
    for place, (name, size) in enumerate(ADE_PICTURES.items()):
        folder = root / f'images/ADE/validation/scene {place}/street'
        folder.mkdir(parents=True)
        block = ADE_BLOCKS[name]
        blocks = size[0] // block, size[1] // block
        colours = rng.integers(0, 256, (*blocks, 3), dtype=np.uint8)
        Image.fromarray(colours.repeat(block, 0).repeat(block, 1)).save(folder / f'{name}.jpg')
        numbers = rng.integers(0, 1 + len(objects), blocks)
        numbers[0, 0], numbers[0, 1] = 0, 1 + objects.index('screen, crt screen')
        numbers[1] = [1 + objects.index(own) for own in rng.choice(ade20k_full.NAMES, blocks[1])]
        numbers = numbers.repeat(block, 0).repeat(block, 1)
        red = numbers // 256 * 10 + rng.integers(0, 10, size)
        colours = np.stack([red, numbers % 256, rng.integers(0, 256, size)], -1)
        path = folder / f'{name}_seg.png'
        Image.fromarray(colours.astype(np.uint8)).save(path, compress_level=1)
    with (root / 'index_ade20k.pkl').open('wb') as file:
        pickle.dump(index, file, protocol)
    return objects
