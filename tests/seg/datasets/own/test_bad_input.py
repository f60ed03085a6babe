"""What is damaged is one line each in the report, and nothing else is lost."""

import base64
import json
import re
import shutil

import numpy as np
import pytest
from own_formats import NAMES, SIZE, png, rectangle, save
from PIL import Image

SQUARE = rectangle(3, 3, 9, 9)
_REASON = re.compile(r'(\w+\.png cannot be read|no whole labelme file|JSON file): .*')


@pytest.fixture
def damaged(sources, prepare, tmp_path):
    """Copies a format, damages the copy and prepares it; gives exit code, errors and the report.

    In the report the folder is called SOURCE, and reasons are left out that libraries word.
    """

    def call(name, damage, *more):
        source = tmp_path / name
        shutil.copytree(sources[name][0], source)
        damage(source)
        out = tmp_path / f'{name}_out'
        code, said, err = prepare(source, out, *sources[name][1], *more)
        report = out / 'report.txt'
        lines = report.read_text('utf-8').splitlines() if report.is_file() else []
        lines = [_REASON.sub(r'\1', line.replace(str(source), 'SOURCE')) for line in lines]
        return code, said + err, sorted(lines)

    return call


def cut(file, share=0.5):
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])


def edit(file, change):
    content = json.loads(file.read_text('utf-8'))
    change(content)
    file.write_text(json.dumps(content), 'utf-8')


def test_labelme(damaged, tmp_path):
    filled = base64.b64encode(png(np.full((12, 5), 255, np.uint8))).decode()

    def shapes(content):
        square = {'label': 'car', 'points': SQUARE}
        content['shapes'] = [
            square | {'points': [(0, 0), (1, 1)]},
            square | {'points': [(-20, 0), (90, 0), (90, 9)]},
            square | {'label': ''},
            square | {'label': 7},
            square | {'shape_type': 'mask', 'mask': 'AAAA'},
            square | {'shape_type': 'linestrip'},
            square | {'points': [(70, 70), (80, 70), (80, 80)]},
            'nonsense',
            square | {'shape_type': 'mask', 'mask': filled, 'points': [(54, -3), (58, 8)]},
            square | {'shape_type': 'mask', 'mask': filled, 'points': [(-1, 35), (3, 46)]},
            square | {'shape_type': 'circle', 'points': [(3, 3), (1e300, 9)]},
        ]

    def damage(source):
        train = source / 'labels/train'
        edit(train / 'a.json', shapes)
        cut(train / 'b b.json')
        (train / '图.json').write_bytes('{"shapes": [], "imagePath": "车"}'.encode('gbk'))
        shutil.copy(train / 'a.json', train / 'copy.json')
        embedded = {'imagePath': 'gone.jpg', 'imageData': 'AAAA'}
        shutil.copy(train / 'a.json', train / 'gone.json')
        edit(train / 'gone.json', lambda content: content.update(embedded))
        edit(source / 'labels/val/d.json', lambda content: content['shapes'].pop())
        (source / 'cut.json').write_text('{"version": ')

    code, _, report = damaged('labelme', damage)
    assert code == 0
    assert [line for line in report if 'class ' not in line] == [
        'a.jpg: shape 1 left out: a polygon of 4 values, of three points or more are 6, 8, ...',
        'a.jpg: shape 10 reaches beyond the picture',
        'a.jpg: shape 11 left out: its radius is 1e+300',
        'a.jpg: shape 2 reaches beyond the picture',
        "a.jpg: shape 3 left out: its label '' is no name",
        'a.jpg: shape 4 left out: Expected `str`, got `int` - at `$.label`',
        'a.jpg: shape 5 left out: its mask cannot be read: no picture',
        'a.jpg: shape 6 left out: it is a linestrip, which has no area',
        'a.jpg: shape 7 marks no pixel',
        'a.jpg: shape 7 reaches beyond the picture',
        'a.jpg: shape 8 left out: Expected `object`, got `str`',
        'a.jpg: shape 9 reaches beyond the picture',
        'cut.json: no whole JSON file',
        'images/train/b b.jpg: a picture without a labelme file',
        'images/train/图.jpg: a picture without a labelme file',
        'labels/train/b b.json: left out: no whole labelme file',
        'labels/train/copy.json: left out: of the same picture as a.json',
        'labels/train/gone.json: gone.jpg: no picture of this name below SOURCE; it is embedded alone, '
        'let labelme_export_json write it',
        'labels/train/图.json: left out: no whole labelme file',
    ]
    content = json.loads((tmp_path / 'labelme_out/panoptic_train.json').read_text('utf-8'))
    (annotation,) = content['annotations']
    boxes = [segment['bbox'] for segment in annotation['segments_info'] if segment['area'] < 60]
    assert sorted(boxes) == [[0, 35, 4, 5], [54, 0, 2, 9]]


def test_yolo(damaged):
    def damage(source):
        labels = source / 'labels/train'
        lines = [
            '9 0 0 1 0 1 1',
            'car 0 0 1 0 1 1',
            '0 0.1 0.1 0.2',
            '1 -0.5 0 1.5 0 1.5 0.4',
            '1 10 20 30 40 50 60',
            '0 nan 0 1 0 1 1',
            '1.0 0 0 1 0 1 1',
            '2 0.5 0.5 0.1 0.1',
        ]
        (labels / 'a.txt').write_text('\ufeff' + '\n\n'.join(lines), 'utf-8')
        (labels / 'b b.txt').write_text('')
        (labels / '图.txt').write_bytes(b'\xff\xfe0\x00')
        with (source / 'data.yaml').open('a') as file:
            file.write('test: [images/val, nowhere]\n')

    code, _, report = damaged('yolo', damage)
    assert code == 0 and report == [
        'a.jpg: has 1 boxes alone, which are no masks',
        'a.jpg: line 1 left out: class 9 is not in data.yaml',
        'a.jpg: line 11 left out: a polygon with a value that is no number',
        "a.jpg: line 3 left out: could not convert string to float: 'car'",
        'a.jpg: line 5 left out: a polygon of 3 values, of three points or more are 6, 8, ...',
        'a.jpg: line 7 reaches beyond the picture',
        'a.jpg: line 9 left out: its values are not from 0 to 1',
        'b b.jpg: no segment',
        'd.jpg: has 1 boxes alone, which are no masks',
        'test: 1 pictures are of an earlier split too, and count there alone',
        'test: nowhere does not exist below SOURCE',
        '图.jpg: left out: SOURCE/labels/train/图.txt is no UTF-8 text; save it as such',
    ]


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('names: [a, b\ntrain: images/train\n', 'data.yaml is no whole YAML file'),
        (
            'names: {0: a, 0: b}\ntrain: images/train\n',
            'data.yaml is no whole YAML file: the key 0 is there twice',
        ),
        (
            'names: [a, ""]\ntrain: images/train\n',
            "data.yaml: the class name '' has no word",
        ),
        ('names: 7\ntrain: images/train\n', 'names is 7, expected a list of names'),
        ('names: [a]\ntrain: 7\n', 'no pictures with labels; train: 7 does not exist'),
        ('names: sky\ntrain: images/train\n', 'names is sky, expected a list of names'),
        ('names: [a]\ntrain: images/train\nkpt_shape: [17, 3]\n', 'is of key points'),
        ('names: [a]\ntrain: nowhere\n', 'no pictures with labels; train: nowhere does not exist'),
        ('train: images/train\n', 'no format fits'),
        (NAMES[0], 'no format fits'),
    ],
)
def test_yolo_that_does_not_describe_itself(damaged, text, words):
    code, said, _ = damaged('yolo', lambda source: (source / 'data.yaml').write_text(text))
    assert code == 1 and words in said and said.count('\n') == 1


def test_yolo_by_lists_of_which_one_picture_is_in_both(damaged):
    def damage(source):
        text = (
            'path: .\nnames: {0: sky, 1: vegetation, 2: car, 3: person}\ntrain: t.txt\nval: v.txt\n'
        )
        (source / 'data.yaml').write_text(text)
        (source / 't.txt').write_text('data/images/train/a.jpg\n./images/train/b b.jpg\nnone.jpg\n')
        (source / 'v.txt').write_text('images/val/d.jpg\nimages/train/a.jpg\n')

    code, said, report = damaged('yolo', damage)
    assert code == 0 and '2 pictures to train on, 1 to validate' in said
    assert [line for line in report if 'boxes' not in line] == [
        't.txt: no picture none.jpg',
        'val: 1 pictures are of an earlier split too, and count there alone',
    ]


def test_voc(damaged):
    def damage(source):
        cut(source / 'SegmentationClass/a.png')
        (source / 'SegmentationObject/b b.png').unlink()
        (source / 'JPEGImages/图.jpg').unlink()
        with (source / 'ImageSets/Segmentation/train.txt').open('a') as file:
            file.write('\nnone\n')

    code, _, report = damaged('voc', damage)
    assert code == 0 and report == [
        'a.jpg: left out: label image SOURCE/SegmentationClass/a.png cannot be read',
        'b b.jpg: no objects in SegmentationObject',
        'none: listed, and has no label image',
        '图: left out: no picture of this name below SOURCE/JPEGImages',
    ]


def test_voc_whose_colours_nobody_names(damaged):
    code, said, _ = damaged('voc', lambda source: (source / 'labelmap.txt').unlink())
    assert code == 1 and 'has colours; say of what with --names or a labelmap.txt' in said


def test_voc_names_begin_with_the_background(damaged):
    code, said, _ = damaged('voc', lambda source: None, '--names', 'sky; car')
    assert code == 1 and 'number 0 is the background, which is void' in said


def test_a_list_of_voc_that_cannot_be_read_loses_no_picture(damaged):
    train = 'ImageSets/Segmentation/train.txt'
    code, said, report = damaged('voc', lambda source: (source / train).write_bytes(b'\xff\xfe'))
    assert code == 0 and '3 pictures to train on, 1 to validate' in said
    assert report == [
        '3 pictures are of no split, and are to train on',
        f'train.txt: SOURCE/{train} is no UTF-8 text; save it as such',
    ]


def test_cityscapes(damaged):
    def damage(source):
        folder = source / 'gtFine/train/ulm'
        save(np.full(SIZE, 77, np.uint8), folder / 'a_gtFine_instanceIds.png')
        save(np.full((4, 5), 7, np.uint8), folder / 'b b_gtFine_instanceIds.png')
        (folder / '图_gtFine_instanceIds.png').unlink()
        labels = np.zeros(SIZE, np.uint8)
        labels[:9, :9] = labels[20:, 20:] = 26
        save(labels, folder / '图_gtFine_labelIds.png')
        save(labels, folder / 'none_gtFine_labelIds.png')

    code, said, report = damaged('cityscapes', damage)
    assert code == 0 and 'things: person 2, rider 0, car 4' in said
    assert [line for line in report if 'class ' not in line] == [
        'train/ulm/none: no picture of this name below SOURCE/leftImg8bit',
        'train/ulm/图_leftImg8bit.png: no instanceIds; the objects are those of labelIds',
        'ulm/a_leftImg8bit.png: ids 77 are none of Cityscapes, void now',
        'ulm/a_leftImg8bit.png: no segment',
        'ulm/b b_leftImg8bit.png: left out: its labels are 5 x 4, the picture 56 x 40',
    ]


def test_masks(damaged):
    def damage(source):
        folder = source / 'masks/train'
        (folder / 'a/sky.png').write_bytes(b'torn')
        save(np.full((4, 5), 7, np.uint8), folder / 'a/vegetation.png')
        save(np.zeros(SIZE, np.uint8), folder / 'b b/sky.png')
        save(np.full(SIZE, 1, np.uint8), folder / 'none/sky.png')
        shutil.rmtree(folder / '图')

    code, _, report = damaged('masks', damage)
    assert code == 0 and report == [
        'a.jpg: a/sky.png left out: no picture',
        'a.jpg: a/vegetation.png left out: it is 5 x 4',
        'b b.jpg: b b/sky.png marks no pixel',
        'train/none/sky: left out: no picture of this name below SOURCE/images',
        'train/图: a picture without a mask',
    ]


def test_semantic(damaged):
    def damage(source):
        folder = source / 'labels/train'
        save(np.full((*SIZE, 3), 7, np.uint8), folder / 'a.png')
        cut(folder / 'b b.png')
        save(np.full(SIZE, 9, np.uint8), folder / '图.png')
        save(np.full(SIZE, 1, np.uint8), folder / 'none.png')
        save(np.full(SIZE, 1, np.uint8), source / 'more/val/d_mask.png')
        (source / 'labels/val/d.png').rename(
            source / 'labels/d.tif'
        )  # is of the split of its picture
        save(np.zeros((*SIZE, 3), np.uint8), source / 'images/val/e.png')

    code, said, report = damaged('semantic', damage)
    assert code == 0 and '1 pictures to train on, 1 to validate' in said
    assert report == [
        'a.png: left out: SOURCE/labels/train/a.png has the colours RGB; a label image is grey or has '
        'a palette',
        'b b.png: left out: label image SOURCE/labels/train/b b.png cannot be read',
        'labels/train/none: no picture of this name below SOURCE/images',
        'more/val/d_mask: left out: of the same picture as SOURCE/labels/d.tif',
        'val/e: a picture without a label image',
        '图.png: no segment',
        '图.png: number 9 without a name, void now',
    ]


def test_coco(damaged):
    def change(content):
        own = content['annotations']
        own[0]['segmentation'] = []
        own[1]['segmentation'] = [[1, 2, 3]]
        own[2]['category_id'] = 99
        own[3]['segmentation'] = {'size': [1, 2], 'counts': 'abc'}
        own[4]['segmentation'] = {'size': list(SIZE), 'counts': 'abc'}
        own[5]['image_id'] = 1000
        for segmentation in ({'size': list(SIZE), 'counts': [-1, 2241]}, {'size': list(SIZE)}, 7):
            own.append(own[0] | {'id': 'new', 'segmentation': segmentation})
        content['images'][1]['height'] = 41
        content['images'].append({'id': 9, 'file_name': 'none.jpg'})

    code, _, report = damaged(
        'coco', lambda source: edit(source / 'annotations/instances_train.json', change)
    )
    assert code == 0 and report == [
        'a.jpg: annotation 0 has no mask that can be read: there is none, a box alone',
        'a.jpg: annotation 1 has no mask that can be read: a polygon of 3 values, of three points or '
        'more are 6, 8, ...',
        'a.jpg: annotation 2 has category 99, which is not listed',
        'a.jpg: annotation 3 has no mask that can be read: it is of 2 x 1 pixels',
        'a.jpg: annotation 4 has no mask that can be read: Invalid RLE mask representation',
        "a.jpg: annotation new has no mask that can be read: '7' is neither polygons nor run lengths",
        'a.jpg: annotation new has no mask that can be read: its run lengths are not those of the picture',
        'a.jpg: annotation new has no mask that can be read: its run lengths have no size or no counts',
        'a.jpg: no segment',
        'b b.jpg: left out: its labels are 56 x 41, the picture 56 x 40',
        'instances_train.json: 1 annotations of pictures that are not there',
        'none.jpg: no picture of this name below SOURCE (instances_train.json)',
    ]


@pytest.mark.parametrize('name', ['coco', 'panoptic'])
def test_a_split_that_is_cut_is_no_split_to_go_without(name, damaged):
    def damage(source):
        (file,) = source.rglob('*_train.json')
        cut(file, 0.05)

    code, said, report = damaged(name, damage)
    assert code == 1 and '_train.json is no whole JSON file' in said and not report


def test_panoptic(damaged):
    def damage(source):
        cut(source / 'panoptic_train/a.png')
        (source / 'images/train/图.jpg').unlink()
        edit(source / 'panoptic_train.json', change)

    def change(content):
        segments = content['annotations'][1]['segments_info']
        del segments[0]
        segments[0]['category_id'] = 99
        segments[1]['id'] = 12345
        segments.append(segments[1])
        content['annotations'].append(content['annotations'][1])

    code, said, report = damaged('panoptic', damage)
    assert code == 0 and '1 pictures to train on, 1 to validate' in said
    assert report == [
        'a.jpg: left out: panoptic PNG SOURCE/panoptic_train/a.png cannot be read',
        'b b.jpg: 1 segments have the id of another, the last counts',
        'b b.jpg: 2 segments of the PNG are not listed, void now',
        'b b.jpg: segment 12345 has no pixel',
        'b b.jpg: segment 70300 has category 99, not listed',
        'panoptic_train.json: 1 annotations of a picture that has another, the last counts',
        '图.jpg: has no picture (panoptic_train.json)',
    ]


def test_where_a_split_is_left_without_pictures_the_first_reason_is_said(damaged):
    code, said, _ = damaged('panoptic', lambda source: cut(source / 'panoptic_val/d.png'))
    assert code == 1 and said.count('\n') == 1
    assert 'no picture of the val split could be prepared' in said
    assert 'such as d.jpg: left out: panoptic PNG' in said


def test_a_picture_that_is_cut_or_turned(damaged):
    def damage(source):
        cut(source / 'images/train/a.jpg')
        file = source / 'images/train/b b.jpg'
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.open(file).save(file, exif=exif)

    code, _, report = damaged('coco', damage)
    assert code == 0 and report[1:] == [
        'b b.jpg: its EXIF tag turns it; labels count as drawn on the pixels as they are stored'
    ]
    assert report[0].startswith('a.jpg: left out: image SOURCE/images/train/a.jpg cannot be read')
