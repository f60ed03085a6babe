"""What programs for labelling write that a format does not say, read as they mean it or refused."""

import json

import numpy as np
import pytest
import yaml
from own_formats import SIZE, picture, rectangle, save, write, write_json
from PIL import Image

from seg.datasets.own.read import read_source
from seg.datasets.own.source import Settings

SQUARE = [3, 3, 12, 3, 12, 12, 3, 12]


def read(source, **settings):
    return read_source(source, Settings(**settings))


def masks(source):
    """Of each picture's name: class and mask of its marks."""
    return {
        own.name: [(source.classes[mark.label].name, mark.mask) for mark in marks]
        for own in source.pictures
        for marks in [source.read_marks(own, SIZE).marks]
    }


def entries(*names):
    """COCO's entries of pictures and their annotations, one a picture, of category 1."""
    height, width = SIZE
    images = [
        {'id': i, 'file_name': name, 'height': height, 'width': width}
        for i, name in enumerate(names)
    ]
    annotations = [
        {'id': i, 'image_id': i, 'category_id': 1, 'segmentation': [SQUARE]}
        for i in range(len(names))
    ]
    return {
        'images': images,
        'annotations': annotations,
        'categories': [{'id': 1, 'name': 'car'}],
    }


def coco(root, *names, file='labels.json', **changes):
    for number, name in enumerate(names):
        picture(root / name, number)
    content = entries(*names) | changes
    write_json(root / file, content)
    return content


def test_pictures_of_which_the_suffix_or_a_folder_alone_differs_have_names_of_their_own(tmp_path):
    coco(tmp_path / 'coco', 'train/a.jpg', 'a.jpg', 'b.jpg', 'b.png')
    assert [own.name for own in read(tmp_path / 'coco').pictures] == [
        'train/a.jpg',
        'a.jpg',
        'b.jpg',
        'b_png.png',
    ]
    for number, name in enumerate(('a.jpg', 'a.png')):
        picture(tmp_path / 'labelme' / name, number)
        label = name.replace('.png', '2').replace('.jpg', '')
        shapes = [{'label': f'car{number}', 'points': rectangle(3, 3, 9, 9)}]
        write_json(tmp_path / f'labelme/{label}.json', {'imagePath': name, 'shapes': shapes})
    own = read(tmp_path / 'labelme')
    assert [(p.name, p.file.name) for p in own.pictures] == [
        ('a.jpg', 'a.jpg'),
        ('a_png.png', 'a.png'),
    ]
    assert {name: marks[0][0] for name, marks in masks(own).items()} == {
        'a.jpg': 'car0',
        'a_png.png': 'car1',
    }


def test_a_picture_in_another_folder_than_its_label_says_is_none(tmp_path):
    coco(tmp_path / 'coco', 'cam1/2.jpg', '3.jpg')
    (tmp_path / 'coco/cam2').mkdir()
    (tmp_path / 'coco/cam1/2.jpg').rename(tmp_path / 'coco/cam2/2.jpg')
    own = read(tmp_path / 'coco')
    assert [p.name for p in own.pictures] == ['3.jpg']
    assert own.odd[0].startswith('cam1/2.jpg: no picture of this name below')
    assert 'lies where this says; there is cam2/2.jpg (--images' in own.odd[0]
    shapes = [{'label': 'car', 'points': rectangle(3, 3, 9, 9)}]
    for place in ('cam1/2', '3'):
        write_json(
            tmp_path / f'labelme/{place}.json', {'imagePath': f'{place[-1]}.jpg', 'shapes': shapes}
        )
    for place in ('cam2/2.jpg', '3.jpg'):
        picture(tmp_path / 'labelme' / place, 0)
    own = read(tmp_path / 'labelme')
    assert [p.name for p in own.pictures] == ['3.jpg']
    assert 'lies where this says; there is cam2/2.jpg (--images' in own.odd[0]
    own = read(tmp_path / 'labelme', images=tmp_path / 'labelme/cam2')
    assert [p.name for p in own.pictures] == ['2.jpg']


@pytest.mark.parametrize('white', [0, 1])
def test_of_a_mask_with_a_palette_the_colour_counts(white, tmp_path):
    picture(tmp_path / 'images/a.jpg', 0)
    expected = np.zeros(SIZE, bool)
    expected[5:9, 7:20] = True
    mask = Image.fromarray(np.where(expected, white, 1 - white).astype(np.uint8))
    colors = [0, 0, 0] * 2
    colors[3 * white : 3 * white + 3] = [255, 255, 255]
    mask.putpalette(colors)
    for name in ('car', 'sky'):
        (tmp_path / 'masks/a').mkdir(parents=True, exist_ok=True)
        mask.save(
            tmp_path / f'masks/a/{name}.png', **({'transparency': white} if name == 'sky' else {})
        )
    (tmp_path / 'masks/a/tree.jpg').write_bytes(b'')
    own = read(tmp_path)
    ((name, found),) = masks(own)['a.jpg']  # of the other all that is white is transparent
    assert name == 'car' and (found == expected).all()
    assert own.odd == ('1 masks are left out: a JPEG blurs what is marked; save them as PNG',)


def test_panoptic_categories_of_one_first_word_are_two_classes(tmp_path):
    write('panoptic', tmp_path / 'own')
    names = ['screen,silver screen', 'sky', 'screen,crt screen', 'Person, people']
    for file in (tmp_path / 'own').glob('*.json'):
        content = json.loads(file.read_text('utf-8'))
        for category, name in zip(content['categories'], names, strict=True):
            category['name'] = name
        file.write_text(json.dumps(content), 'utf-8')
    own = read(tmp_path / 'own')
    assert [(c.name, c.words) for c in own.classes] == [
        ('screen,silver screen', 'screen,silver screen'),
        ('sky', 'sky'),
        ('screen,crt screen', 'screen,crt screen'),
        ('Person', 'Person, people'),
    ]
    found = {name for name, _ in masks(own)['a.jpg']}
    assert found == {'screen,silver screen', 'sky', 'screen,crt screen', 'Person'}


def test_coco_classes_of_crowds_alone_are_named(tmp_path):
    content = entries('a.jpg', 'b.jpg')
    for annotation in content['annotations']:
        annotation['iscrowd'] = 1
    coco(tmp_path, 'a.jpg', 'b.jpg', annotations=content['annotations'])
    (line,) = read(tmp_path).odd
    assert line.startswith('all 2 objects of class car are crowds (iscrowd), which training passes')
    content['annotations'][1]['iscrowd'] = '0'
    coco(tmp_path, 'a.jpg', 'b.jpg', annotations=content['annotations'])
    assert read(tmp_path).odd == ()


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        (
            {'categories': [{'id': 1, 'name': 'car'}, {'id': '1', 'name': 'bus'}]},
            "labels.json: categories 'car' and 'bus' have one id, 1",
        ),
        (
            {'images': [{'id': 0, 'file_name': 'a.jpg'}, {'id': 0, 'file_name': 'b.jpg'}]},
            "labels.json: images 'a.jpg' and 'b.jpg' have one id, 0",
        ),
    ],
)
def test_coco_ids_are_of_one_image_or_category(changes, words, tmp_path):
    coco(tmp_path, 'a.jpg', 'b.jpg', **changes)
    with pytest.raises(ValueError) as error:
        read(tmp_path)
    assert words in str(error.value) and '\n' not in str(error.value)


def test_the_category_that_roboflow_puts_above_all_others_is_no_class(tmp_path):
    root = {'id': 0, 'name': 'vehicles', 'supercategory': 'none'}
    categories = [root, {'id': 1, 'name': 'car', 'supercategory': 'vehicles'}]
    content = coco(tmp_path, 'a.jpg', categories=categories)
    assert [own.name for own in read(tmp_path).classes] == ['car']
    content['annotations'][0]['category_id'] = 0
    categories[1]['supercategory'] = ['vehicles']
    write_json(tmp_path / 'labels.json', content)
    assert [own.name for own in read(tmp_path).classes] == ['vehicles', 'car']


def test_the_split_is_that_of_cocos_own_file_names(tmp_path):
    coco(tmp_path, 'train2017/a.jpg', file='annotations/instances_train2017.json')
    coco(tmp_path, 'val2017/a.jpg', file='annotations/instances_val2017.json')
    assert [(own.name, own.split) for own in read(tmp_path).pictures] == [
        ('a.jpg', 'train'),
        ('a.jpg', 'val'),
    ]


def test_a_byte_order_mark_and_a_polygon_without_its_list_are_read(tmp_path):
    content = coco(tmp_path, 'a.jpg')
    content['annotations'][0]['segmentation'] = SQUARE
    (tmp_path / 'labels.json').write_text('\ufeff' + json.dumps(content), 'utf-8')
    ((_, mask),) = masks(read(tmp_path))['a.jpg']
    assert mask.sum() == 81


def test_two_label_images_of_one_name_are_named(tmp_path):
    picture(tmp_path / 'images/a.jpg', 0)
    for suffix in ('png', 'tif'):
        save(np.zeros(SIZE, np.uint8), tmp_path / f'labels/a.{suffix}')
    with pytest.raises(ValueError, match=r'a\.png and a\.tif differ in the suffix alone'):
        read(tmp_path, names='0: sky')


def test_classes_of_semantic_labels_with_one_first_word_have_names_of_their_own(tmp_path):
    write('semantic', tmp_path)
    own = read(tmp_path, names='0: door,gate; 1: door,portal; 2: car,auto; 3: sky')
    assert [c.name for c in own.classes] == ['door,gate', 'door,portal', 'car', 'sky']


def test_cityscapes_layout_with_other_classes_is_refused(tmp_path):
    write('cityscapes', tmp_path)
    (tmp_path / 'label_colors.txt').write_text('1 2 3 dog\n')
    with pytest.raises(ValueError, match=r'label_colors\.txt has classes that may not be those of'):
        read(tmp_path)


def test_voc_layout_by_labelme_has_the_names_in_a_file_and_without_one_it_is_said(
    sources, tmp_path
):
    write('voc_devkit', tmp_path)
    assert read(tmp_path).odd == ()
    (tmp_path / 'VOCdevkit/VOC2012').rename(tmp_path / 'own')
    (line,) = read(tmp_path / 'own').odd
    assert line.startswith("the numbers count as VOC's own 20 classes; --names or a labelmap.txt")
    names = ['_background_', *(f'class {number}' for number in range(1, 19))]
    (tmp_path / 'own/class_names.txt').write_text('\n'.join(names) + '\n')
    own = read(tmp_path / 'own')
    assert own.odd == () and [c.name for c in own.classes] == names[1:]


def test_yolo_pictures_that_would_share_a_label_file_are_named(tmp_path):
    for number, name in enumerate(('a.jpg', 'a.png')):
        picture(tmp_path / 'images' / name, number)
    (tmp_path / 'labels').mkdir()
    (tmp_path / 'labels/a.txt').write_text('0 0 0 1 0 1 1')
    (tmp_path / 'list.txt').write_text('images/a.jpg\nimages/a.png\n')
    (tmp_path / 'data.yaml').write_text(yaml.safe_dump({'names': ['car'], 'train': 'list.txt'}))
    own = read(tmp_path)
    assert [p.file.name for p in own.pictures] == ['a.jpg']
    assert own.odd == ('images/a.png: left out: its label file is that of images/a.jpg',)
