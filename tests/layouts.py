"""Small test sets in the layouts that people have on disk: two pictures each, written pixel by pixel."""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools.mask import encode

from ext.class_names import ade20k_panoptic, coco_panoptic, mapillary_vistas
from seg.panoptic.png import write_panoptic_png

SIZE = (40, 56)  # height and width
PICTURES = 2


def write_all(root: Path) -> dict[str, str]:
    """All of them below a folder; the variables that lead to them."""
    places = {
        'ADE20K_ROOT': root / 'ADEChallengeData2016',
        'ADE20K_FULL_ROOT': root / 'ADE20K_2021_17_01',
        'CITYSCAPES_ROOT': root / 'cityscapes',
        'COCO_ROOT': root / 'coco',
        'MAPILLARY_VISTAS_ROOT': root / 'mapillary_vistas',
        'PASCAL_CONTEXT_ROOT': root / 'pascal_ctx_d2',
        'VOC_ROOT': root / 'VOCdevkit/VOC2012',
    }
    _ade20k(places['ADE20K_ROOT'])
    _coco(places['COCO_ROOT'])
    _coco_stuff(places['COCO_ROOT'])
    _lvis(places['COCO_ROOT'])
    _cityscapes(places['CITYSCAPES_ROOT'])
    _mapillary(places['MAPILLARY_VISTAS_ROOT'])
    _label_images(
        places['ADE20K_FULL_ROOT'],
        'images_detectron2/validation',
        'annotations_detectron2/validation',
        847,
        'tif',
    )
    context = places['PASCAL_CONTEXT_ROOT']
    _label_images(context, 'images/validation', 'annotations_ctx59/validation', 59, 'png')
    _label_images(context, 'images/validation', 'annotations_ctx459/validation', 459, 'tif')
    _voc(places['VOC_ROOT'])
    return {name: str(place) for name, place in places.items()}


def picture(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(number)
    Image.fromarray(rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)).save(path)


def blocks(number: int, classes: int) -> np.ndarray:
    """Four classes in four blocks."""
    own = np.random.default_rng(number).choice(classes, 4, replace=False).reshape(2, 2)
    return own.repeat(SIZE[0] // 2, 0).repeat(SIZE[1] // 2, 1)


def _label_images(root: Path, images: str, labels: str, classes: int, suffix: str) -> None:
    for number in range(PICTURES):
        picture(root / images / f'{number}.jpg', number)
        own = blocks(number, classes)
        own[:3] = 65535 if suffix == 'tif' else 255
        path = root / labels / f'{number}.{suffix}'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(own.astype(np.uint16 if suffix == 'tif' else np.uint8)).save(path)


def _voc(root: Path) -> None:
    """Palette images, of which a list names those of the validation set."""
    names = [f'2007_{number:06}' for number in range(PICTURES)]
    for number, name in enumerate([*names, 'of_training']):
        picture(root / f'JPEGImages/{name}.jpg', number)
        own = blocks(number, 21)
        own[:3] = 255
        image = Image.fromarray(own.astype(np.uint8))
        image.putpalette(np.random.default_rng(0).integers(0, 256, 768).astype(np.uint8))
        path = root / f'SegmentationClass/{name}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    listed = root / 'ImageSets/Segmentation/val.txt'
    listed.parent.mkdir(parents=True)
    listed.write_text('\n'.join(names) + '\n')


def _coco_stuff(root: Path) -> None:
    for number in range(PICTURES):
        own = np.array([0, 12, 90, 181])[blocks(number, 4)]  # ids minus 1; 91 is used by no class
        own[:3], own[3:5] = 255, 90
        path = root / f'stuffthingmaps/val2017/{number:012}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(own.astype(np.uint8)).save(path)


def _panoptic(
    json_file: Path, folder: Path, categories: list[dict], names: list[str], pngs: list[str]
) -> None:
    """COCO's panoptic format: four segments a picture, the first a crowd if it is a thing."""
    images, annotations = [], []
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, png) in enumerate(zip(names, pngs, strict=True)):
        own = blocks(number, len(categories))
        segments, ids = [], np.zeros(SIZE, int)
        for place, label in enumerate(np.unique(own)):
            mask = own == label
            ids[mask] = 1000 * (place + 1)
            rows, columns = np.nonzero(mask)
            box = [int(columns.min()), int(rows.min()), SIZE[1] // 2, SIZE[0] // 2]
            crowd = int(place == 0 and categories[label]['isthing'])
            segments.append(
                dict(
                    id=1000 * (place + 1),
                    category_id=categories[label]['id'],
                    area=int(mask.sum()),
                    bbox=box,
                    iscrowd=crowd,
                )
            )
        write_panoptic_png(folder / png, ids)
        images.append(dict(id=name, file_name=name, height=SIZE[0], width=SIZE[1]))
        annotations.append(dict(image_id=name, file_name=png, segments_info=segments))
    json_file.parent.mkdir(parents=True, exist_ok=True)
    json_file.write_text(
        json.dumps(dict(images=images, annotations=annotations, categories=categories))
    )


def _ade20k(root: Path) -> None:
    names = [f'ADE_val_{number:08}' for number in range(PICTURES)]
    for number, name in enumerate(names):
        picture(root / f'images/validation/{name}.jpg', number)
    things = len(ade20k_panoptic.THINGS)
    categories = [
        dict(id=label, name=name, isthing=int(label < things))
        for label, name in enumerate(ade20k_panoptic.NAMES)
    ]
    _panoptic(
        root / 'ade20k_panoptic_val.json',
        root / 'ade20k_panoptic_val',
        categories,
        [f'{name}.jpg' for name in names],
        [f'{name}.png' for name in names],
    )


def _coco(root: Path) -> None:
    names = [f'{number:012}' for number in range(PICTURES)]
    for number, name in enumerate(names):
        picture(root / f'val2017/{name}.jpg', number)
    things = len(coco_panoptic.THINGS)
    categories = [
        dict(id=2 * label + 1, name=name, isthing=int(label < things))
        for label, name in enumerate(coco_panoptic.NAMES)
    ]
    _panoptic(
        root / 'annotations/panoptic_val2017.json',
        root / 'annotations/panoptic_val2017',
        categories,
        [f'{name}.jpg' for name in names],
        [f'{name}.png' for name in names],
    )


def _cityscapes(root: Path) -> None:
    """Ids as Cityscapes has them; pictures in a folder for each city, of which the JSON knows nothing."""
    names = ['frankfurt_000000_000294', 'lindau_000001_000019']
    for number, name in enumerate(names):
        city = name.partition('_')[0]
        picture(root / f'leftImg8bit/val/{city}/{name}_leftImg8bit.png', number)
    ids = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
    words = (
        'road;sidewalk;building;wall;fence;pole;traffic light;traffic sign;vegetation;terrain;sky;'
    )
    words += 'person;rider;car;truck;bus;train;motorcycle;bicycle'
    categories = [
        dict(id=id, name=name, isthing=int(id >= 24))
        for id, name in zip(ids, words.split(';'), strict=True)
    ]
    _panoptic(
        root / 'gtFine/cityscapes_panoptic_val.json',
        root / 'gtFine/cityscapes_panoptic_val',
        categories,
        [f'{name}_gtFine_leftImg8bit.png' for name in names],
        [f'{name}_gtFine_panoptic.png' for name in names],
    )


def _mapillary(root: Path) -> None:
    """Its PNGs lie beside their JSON, and categories go by their readable names, in an order of ids."""
    for number in range(PICTURES):
        picture(root / f'validation/images/{number}.jpg', number)
    things = len(mapillary_vistas.THINGS)
    categories = [
        dict(id=1 + label * 2 % 65, name=name, isthing=int(label < things))
        for label, name in enumerate(mapillary_vistas.NAMES)
    ]
    folder = root / 'validation/panoptic'
    names = [str(number) for number in range(PICTURES)]
    _panoptic(
        folder / 'panoptic_2018.json',
        folder,
        categories,
        [f'{name}.jpg' for name in names],
        [f'{name}.png' for name in names],
    )
    content = json.loads((folder / 'panoptic_2018.json').read_text())
    content['categories'].append(dict(id=66, name='Unlabeled', isthing=0))
    content['annotations'][0]['segments_info'][-1]['category_id'] = 66
    (folder / 'panoptic_2018.json').write_text(json.dumps(content))


def _lvis(root: Path) -> None:
    images, annotations = [], []
    for number in range(PICTURES):
        images.append(
            dict(
                id=number,
                height=SIZE[0],
                width=SIZE[1],
                coco_url=f'http://images.cocodataset.org/val2017/{number:012}.jpg',
                neg_category_ids=[5, 1203],
                not_exhaustive_category_ids=[1],
            )
        )
        for category in (1, 700 + number):
            mask = np.zeros(SIZE, np.uint8)
            mask[5:30, 7 * (category == 1) : 40] = 1
            coded = encode(np.asfortranarray(mask))
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=number,
                    category_id=category,
                    segmentation=dict(size=list(SIZE), counts=coded['counts'].decode()),
                    area=float(mask.sum()),
                    bbox=[0, 5, 40, 25],
                )
            )
    categories = [
        dict(id=number, name=str(number), frequency='rcf'[number % 3]) for number in range(1, 1204)
    ]
    (root / 'annotations').mkdir(parents=True, exist_ok=True)
    (root / 'annotations/lvis_v1_val.json').write_text(
        json.dumps(dict(images=images, annotations=annotations, categories=categories))
    )
