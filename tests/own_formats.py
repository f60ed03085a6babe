"""Small data sets in the formats that people have, and what they are by a slow definition, pixel by pixel.

A picture has shapes with right angles, whose corners are whole numbers, so that a pixel is inside or not.
"""

import base64
import io
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from PIL import Image
from pycocotools import mask as coco_mask

SIZE = HEIGHT, WIDTH = 40, 56
NAMES = ('sky', 'vegetation', 'car', 'person')
THINGS = ('car', 'person')
PICTURES = {'train': ('a', 'b b', '图'), 'val': ('d',)}


class Shape(NamedTuple):
    """A class, the parts of a shape, each of corners (x, y), and whether it is a crowd."""

    name: str
    parts: tuple
    is_crowd: bool = False


def rectangle(x, y, width, height):
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def scene(number, crowd=True):
    """Stuff, void, a car of two parts, one like an L behind a person, and a crowd in front of stuff."""
    shapes = [
        Shape('sky', (rectangle(0, 0, WIDTH, 12 + number),)),
        Shape('vegetation', (rectangle(0, 25, 30, 15), rectangle(40, 30, 16, 10))),
        Shape('car', (rectangle(2, 8, 6, 6), rectangle(10, 8 + number, 6, 6))),
        Shape('car', (((20, 18), (36, 18), (36, 36), (30, 36), (30, 26), (20, 26)),)),
        Shape('person', (rectangle(26 + number, 20, 5, 12),)),
    ]
    return [*shapes, Shape('person', (rectangle(44, 4, 10, 8),), True)] if crowd else shapes


@cache
def inside(parts):
    """The pixels (row, column) whose centres are in an odd number of ways right of an edge of a part."""
    found = set()
    for row in range(HEIGHT):
        for column in range(WIDTH):
            for part in parts:
                crossed = 0
                for (x0, y0), (x1, y1) in zip(part, part[1:] + part[:1], strict=True):
                    if (y0 > row + 0.5) != (y1 > row + 0.5) and column + 0.5 > x0:
                        assert x0 == x1
                        crossed += 1
                if crossed % 2:
                    found.add((row, column))
    return frozenset(found)


def painted(shapes, things=THINGS):
    """What each pixel is: (class, number of the object, is crowd), stuff being (class, 0, False)."""
    pixels = {}
    for place in ((row, column) for row in range(HEIGHT) for column in range(WIDTH)):
        best = None
        for number, shape in enumerate(shapes, 1):
            if place not in inside(shape.parts):
                continue
            if shape.name not in things:
                order, key = (0, 0, number), (shape.name, 0, False)
            elif shape.is_crowd:
                order, key = (1, 0, number), (shape.name, number, True)
            else:
                order = (2, -len(inside(shape.parts)), number)
                key = (shape.name, number, False)
            best = max(best or (order, key), (order, key))
        if best:
            pixels[place] = best[1]
    return pixels


def components(pixels, things=THINGS):
    """The same, each part of a class of things that touches, at corners too, being an object."""
    found, number = {}, 0
    for place in pixels:
        name = pixels[place][0]
        if name not in things:
            found[place] = (name, 0, False)
            continue
        number += place not in found
        todo = [] if place in found else [place]
        while todo:
            row, column = todo.pop()
            if (row, column) in found or pixels.get((row, column), ' ')[0] != name:
                continue
            found[row, column] = (name, number, False)
            todo += [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return found


def array(pixels, value, void, dtype=np.uint8):
    """An image in which a pixel has ``value(its key)``."""
    image = np.full((*SIZE, *np.shape(void)), void, dtype)
    for place, key in pixels.items():
        image[place] = value(key)
    return image


def save(image, path, palette=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(image)
    if palette:
        image.putpalette(np.random.default_rng(0).bytes(768))
    image.save(path)


def picture(path, number):
    rng = np.random.default_rng(number)
    save(rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8), path)


def pictures(root, place):
    """Write the pictures where ``place(split, name)`` says; number, split and name of each."""
    every = [(split, name) for split, names in PICTURES.items() for name in names]
    for number, (split, name) in enumerate(every):
        picture(root / place(split, name), number)
        yield number, split, name


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding='utf-8')


def flat(parts, scale=(1, 1)):
    return [[value / s for p in part for value, s in zip(p, scale, strict=True)] for part in parts]


def coco(root):
    """Polygons, run lengths of both kinds, a crowd."""
    expected, content = {}, {}
    for number, split, name in pictures(root, lambda s, n: f'images/{s}/{n}.jpg'):
        own = content.setdefault(split, {'images': [], 'annotations': []})
        own['categories'] = [
            {'id': 7 + i, 'name': n, 'isthing': int(n in THINGS)} for i, n in enumerate(NAMES)
        ]
        own['images'].append(
            {'id': number, 'file_name': f'{name}.jpg', 'height': HEIGHT, 'width': WIDTH}
        )
        for shape in scene(number):
            segmentation = flat(shape.parts)
            if shape.is_crowd or shape.name == 'person':
                filled = array(dict.fromkeys(inside(shape.parts), 1), lambda key: key, 0)
                segmentation = coco_mask.encode(np.asfortranarray(filled))
                segmentation['counts'] = segmentation['counts'].decode()
            if shape.is_crowd:  # run lengths that are not compressed, column by column
                column = ''.join('01'[value] for value in filled.T.ravel())
                ends = [i for i in range(1, len(column)) if column[i] != column[i - 1]]
                segmentation['counts'] = np.diff([0, *ends, len(column)]).tolist()
            own['annotations'].append(
                {
                    'id': len(own['annotations']),
                    'image_id': number,
                    'category_id': 7 + NAMES.index(shape.name),
                    'iscrowd': int(shape.is_crowd),
                    'segmentation': segmentation,
                }
            )
        expected[split, f'{name}.jpg'] = painted(scene(number))
    for split, own in content.items():
        write_json(root / f'annotations/instances_{split}.json', own)
    return [], expected


def panoptic(root):
    expected, content = {}, {}
    for number, split, name in pictures(root, lambda s, n: f'images/{s}/{n}.jpg'):
        own = content.setdefault(split, {'images': [], 'annotations': []})
        own['categories'] = [
            {'id': i, 'name': n, 'isthing': int(n in THINGS)} for i, n in enumerate(NAMES)
        ]
        own['images'].append(
            {'id': name, 'file_name': f'{name}.jpg', 'height': HEIGHT, 'width': WIDTH}
        )
        pixels = painted(scene(number))
        keys = sorted(set(pixels.values()))
        index = {place: keys.index(key) for place, key in pixels.items()}
        ids = array(index, lambda number: 300 + 70000 * number, 0, np.int32)
        save(
            np.stack([ids >> shift & 255 for shift in (0, 8, 16)], -1).astype(np.uint8),
            root / f'panoptic_{split}/{name}.png',
        )
        own['annotations'].append(
            {
                'image_id': name,
                'file_name': f'{name}.png',
                'segments_info': [
                    {
                        'id': 300 + 70000 * i,
                        'category_id': NAMES.index(key[0]),
                        'iscrowd': int(key[2]),
                        'area': 1,
                        'bbox': [0, 0, 1, 1],
                    }
                    for i, key in enumerate(keys)
                ],
            }
        )
        expected[split, f'{name}.jpg'] = pixels
    for split, own in content.items():
        write_json(root / f'panoptic_{split}.json', own)
    return [], expected


def semantic_colors(root):
    """Colours, one of them black, and the names in a file."""
    colors = {'sky': (0, 0, 0), 'vegetation': (1, 2, 3), 'car': (0, 0, 255), 'person': (9, 9, 9)}
    _, expected = semantic(root, lambda key: colors[key[0]], void=(255, 255, 255))
    names = root.parent / 'colors.csv'
    lines = [f'{name},{",".join(map(str, color))}\n' for name, color in colors.items()]
    names.write_text('name,r,g,b\n' + ''.join(lines))
    return ['--names', str(names), '--things', 'car,person'], expected


def semantic(root, value=lambda key: NAMES.index(key[0]), void=255):
    """Numbers with a palette; what is a thing is said, objects are components."""
    expected = {}
    for number, split, name in pictures(root, lambda s, n: f'images/{s}/{n}.png'):
        pixels = painted(scene(number))
        label = array(pixels, value, void)
        save(label, root / f'labels/{split}/{name}.png', palette=label.ndim == 2)
        expected[split, f'{name}.png'] = components(pixels)
    return [
        '--names',
        '; '.join(f'{i}: {n}' for i, n in enumerate(NAMES)),
        '--things',
        'car,person',
    ], expected


def labelme(root):
    """Groups, each kind of shape that has an area, a part that is to be ignored; pictures elsewhere."""
    expected = {}
    for number, split, name in pictures(root, lambda s, n: f'images/{s}/{n}.jpg'):
        shapes = [
            {
                'label': own.name,
                'points': list(part),
                'group_id': group if len(own.parts) > 1 else None,
                'shape_type': 'polygon',
            }
            for group, own in enumerate(scene(number, crowd=False))
            for part in own.parts
        ]
        shapes[0] |= {'shape_type': 'rectangle', 'points': [(WIDTH, 0), (0, 12 + number)]}
        filled = base64.b64encode(png(np.full((12, 5), 255, np.uint8))).decode()
        shapes[-1] |= {
            'shape_type': 'mask',
            'points': [(26 + number, 20), (30 + number, 31)],
            'mask': filled,
        }
        shapes.append({'label': '__ignore__', 'points': rectangle(0, 0, 4, 40), 'shape_type': None})
        shapes.append(
            {'label': 'Person', 'points': [(47.3, 7.1), (47.3, 11)], 'shape_type': 'circle'}
        )
        shapes.append({'label': 'car', 'points': [(0, 0), (9, 9)], 'shape_type': 'line'})
        write_json(
            root / f'labels/{split}/{name}.json',
            {
                'version': '5.4.1',
                'flags': {},
                'shapes': shapes,
                'imagePath': f'..\\..\\images\\{split}\\{name}.jpg',
                'imageData': None,
                'imageHeight': HEIGHT,
                'imageWidth': WIDTH,
            },
        )
        pixels = {p: k for p, k in painted(scene(number, crowd=False)).items() if p[1] >= 4}
        for row in range(HEIGHT):
            for column in range(WIDTH):
                if (column + 0.5 - 47.3) ** 2 + (row + 0.5 - 7.1) ** 2 <= 3.9**2:
                    pixels[row, column] = ('person', 99, False)
        expected[split, f'{name}.jpg'] = pixels
    return ['--things', 'car,person'], expected


def yolo(root, place='images/{split}', paths=None):
    """All classes are things; an object is one polygon."""
    expected = {}
    for number, split, name in pictures(root, lambda s, n: f'{place.format(split=s)}/{n}.jpg'):
        shapes = [
            Shape(own.name, (part,)) for own in scene(number, crowd=False) for part in own.parts
        ]
        lines = [
            f'{NAMES.index(own.name)} ' + ' '.join(map(str, flat(own.parts, (WIDTH, HEIGHT))[0]))
            for own in shapes
        ]
        label = root / place.format(split=split).replace('images', 'labels') / f'{name}.txt'
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text('\n'.join([*lines, '2 0.5 0.5 0.1 0.1']), encoding='utf-8')
        expected[split, f'{name}.jpg'] = painted(shapes, NAMES)
    content = {
        'names': dict(enumerate(NAMES)),
        **(paths or {'path': '/gone/own', 'train': 'images/train', 'val': 'images/val'}),
    }
    (root / 'data.yaml').write_text(yaml.safe_dump(content))
    return [], expected


def roboflow(root):
    """The other order of folders, and a list of names."""
    paths = {'names': list(NAMES), 'nc': 4, 'train': '../train/images', 'val': '../val/images'}
    return yolo(root, '{split}/images', paths)


def voc(root):
    """CVAT's export: colours, and ``labelmap.txt``; stuff has no objects, a group has none."""
    colors = {name: (40 * i + 40, 200, 7) for i, name in enumerate(NAMES)}
    return _voc(root, lambda key: colors[key[0]], colors)


def voc_devkit(root):
    """VOC's own classes by number in the folder of a year, all of which have objects; the rest are crowds."""
    names = {'sky': 'sofa', 'vegetation': 'potted plant', 'car': 'car', 'person': 'person'}
    numbers = {'sky': 18, 'vegetation': 16, 'car': 7, 'person': 15}
    arguments, expected = _voc(root / 'VOCdevkit/VOC2012', lambda key: numbers[key[0]])
    for picture, pixels in expected.items():
        expected[picture] = {
            place: (names[name], number, is_crowd or not number)
            for place, (name, number, is_crowd) in pixels.items()
        }
    return arguments, expected


def _voc(root, value, colors=None):
    expected, lists = {}, {'train': [], 'val': []}
    for number, split, name in pictures(root, lambda s, n: f'JPEGImages/{n}.jpg'):
        pixels = painted(scene(number))
        shape = () if colors is None else (3,)
        void, group = (255, 0) if colors is None else (0, 255)
        classes, objects = (np.full(own, void, np.uint8) for own in ((*SIZE, *shape), SIZE))
        for place, key in pixels.items():
            classes[place] = value(key)
            objects[place] = group if key[2] else key[1]
        save(classes, root / f'SegmentationClass/{name}.png', palette=colors is None)
        save(objects, root / f'SegmentationObject/{name}.png', palette=True)
        lists[split].append(name)
        expected[split, f'{name}.jpg'] = pixels
    for split, names in lists.items():
        (root / 'ImageSets/Segmentation').mkdir(parents=True, exist_ok=True)
        (root / f'ImageSets/Segmentation/{split}.txt').write_text(
            '\n'.join(names) + '\n', encoding='utf-8'
        )
    if colors:
        entries = {'background': (0, 0, 0), **colors}
        lines = [f'{name}:{",".join(map(str, color))}::\n' for name, color in entries.items()]
        (root / 'labelmap.txt').write_text('# label:color_rgb:parts:actions\n' + ''.join(lines))
    return [], expected


def cityscapes(root):
    """Groups are crowds of things; what is not evaluated is void."""
    ids, expected = {'sky': 23, 'vegetation': 21, 'car': 26, 'person': 24}, {}

    def value(key):
        is_object = key[0] in THINGS and not key[2]
        return 1000 * ids[key[0]] + key[1] if is_object else ids[key[0]]

    for number, split, name in pictures(
        root, lambda s, n: f'leftImg8bit/{s}/ulm/{n}_leftImg8bit.png'
    ):
        pixels = painted(scene(number))
        image = array(pixels, value, 9, np.uint16)
        save(image, root / f'gtFine/{split}/ulm/{name}_gtFine_instanceIds.png')
        expected[split, f'ulm/{name}_leftImg8bit.png'] = pixels
    return [], expected


def masks(root, path='{picture}/{name}{number}.png'):
    """An object a file that has a number, another class whole."""
    expected = {}
    for number, split, name in pictures(root, lambda s, n: f'images/{s}/{n}.jpg'):
        shapes = scene(number, crowd=False)
        for i, shape in enumerate(shapes):
            mask = array(dict.fromkeys(inside(shape.parts), 1), lambda key: key, 0)
            file = path.format(
                picture=name, name=shape.name, number=f'_{i}' if shape.name in THINGS else ''
            )
            save(mask * (255 if i % 2 else 1), root / 'masks' / split / file)
        expected[split, f'{name}.jpg'] = painted(shapes)
    return ['--things', 'car,person'], expected


def masks_by_class(root):
    return masks(root, '{name}/{picture}{number}.png')


def png(image):
    content = io.BytesIO()
    Image.fromarray(image).save(content, format='PNG')
    return content.getvalue()


#: A writer a format: it writes below a folder, and gives arguments and what each pixel is.
FORMATS = {
    own.__name__: own for own in (cityscapes, coco, labelme, masks, panoptic, semantic, voc, yolo)
}
#: Other layouts of these, and which.
VARIANTS = {
    'roboflow': (roboflow, 'yolo'),
    'masks_by_class': (masks_by_class, 'masks'),
    'semantic_colors': (semantic_colors, 'semantic'),
    'voc_devkit': (voc_devkit, 'voc'),
}


def write(name, root: Path):
    writer = FORMATS.get(name) or VARIANTS[name][0]
    return writer(root)
