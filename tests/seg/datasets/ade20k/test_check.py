import json
import shutil

import numpy as np
import pytest
from PIL import Image

from seg.datasets.ade20k.check import check_ade_files
from seg.panoptic.png import read_panoptic_png, write_panoptic_png
from seg.shapes.files import ShapesSettings, write_shapes

IMAGE = 'images/training/ADE_train_00000002.jpg'
PNG = 'ade20k_panoptic_train/ADE_train_00000002.png'
JSON = 'ade20k_panoptic_train.json'


@pytest.fixture(scope='module')
def original(tmp_path_factory):
    return write_shapes(
        tmp_path_factory.mktemp('original'), ShapesSettings(images=3, val=2, size=48)
    )[0]


@pytest.fixture
def root(original, tmp_path):
    return shutil.copytree(original, tmp_path / 'data')


def change_json(root, change, file=JSON):
    content = json.loads((root / file).read_text())
    change(content)
    (root / file).write_text(json.dumps(content))


def change_ids(root, change):
    ids = read_panoptic_png(root / PNG)
    change(ids)
    write_panoptic_png(root / PNG, ids)


def a_thing(root):
    content = json.loads((root / JSON).read_text())
    segments = content['annotations'][1]['segments_info']
    return next(segment for segment in segments if segment['category_id'] < 10)


def problems(root, deep=False):
    return check_ade_files(root, deep=deep).problems


@pytest.mark.parametrize('deep', [False, True])
def test_a_whole_data_set_has_no_problems(root, deep):
    report = check_ade_files(root, deep=deep)
    assert report.problems == {}
    assert report.notes == []
    assert report.counts == {'train': 3, 'val': 2}
    assert (report.dataset_name, report.things, report.stuff) == ('ShapesPanopticDataset', 10, 4)
    assert '3 images' in report.describe()


@pytest.mark.parametrize('workers', [1, 2])
def test_processes_find_the_same(root, workers):
    (root / IMAGE).unlink()
    (root / PNG).unlink()
    assert check_ade_files(root, workers=workers).problems == {
        'missing image': [IMAGE],
        'missing PNG': [PNG],
    }


@pytest.mark.parametrize(
    'folder',
    ['images/training', 'images/validation', 'ade20k_panoptic_train', 'ade20k_panoptic_val'],
)
def test_a_missing_folder_is_one_problem(root, folder):
    shutil.rmtree(root / folder)
    assert problems(root) == {'missing folder': [folder]}


def test_a_truncated_png(root):
    content = (root / PNG).read_bytes()
    (root / PNG).write_bytes(content[: len(content) // 2])
    assert problems(root) == {'damaged PNG': [f'{PNG}: ends too early']}


@pytest.mark.parametrize('content', [b'', b'no image'])
def test_files_that_are_no_images(root, content):
    (root / PNG).write_bytes(content)
    (root / IMAGE).write_bytes(content)
    found = problems(root)
    assert set(found) == {'damaged image', 'damaged PNG'}
    assert found['damaged PNG'][0].startswith(f'{PNG}: cannot identify image file')


def test_a_png_damaged_inside_is_found_when_deep(root):
    content = bytearray((root / PNG).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(20)
    (root / PNG).write_bytes(content)
    assert problems(root) == {}
    assert set(problems(root, deep=True)) == {'damaged PNG'}


@pytest.mark.parametrize('deep', [False, True])
def test_a_truncated_image(root, deep):
    content = (root / IMAGE).read_bytes()
    (root / IMAGE).write_bytes(content[: len(content) // 2])
    assert set(problems(root, deep=deep)) == {'damaged image'}


def test_bytes_after_an_image_are_no_problem(root):
    content = (root / IMAGE).read_bytes()
    (root / IMAGE).write_bytes(content + bytes(1000))
    assert problems(root) == {}


def test_a_grey_png(root):
    Image.new('L', (48, 48)).save(root / PNG)
    assert problems(root) == {'wrong PNG': [f'{PNG}: its mode is L, expected RGB']}


def test_a_png_and_an_image_of_another_size(root):
    write_panoptic_png(root / PNG, np.zeros((48, 47), int))
    Image.new('RGB', (50, 48)).save(root / IMAGE)
    assert problems(root) == {
        'wrong PNG size': [f'{PNG}: 47x48, expected 48x48'],
        'wrong image size': [f'{IMAGE}: 50x48, expected 48x48'],
    }


def test_an_id_that_no_segment_has(root):
    thing = a_thing(root)

    def change(ids):
        ids[ids == thing['id']] = 77

    change_ids(root, change)
    assert problems(root) == {}
    assert problems(root, deep=True) == {
        'wrong id': [
            f'{PNG}: id 77 is not in segments_info ({thing["area"]} pixels)',
            f'{PNG}: thing {thing["id"]} has no pixels',
        ]
    }


def test_an_area_that_is_not_the_things(root):
    thing = a_thing(root)

    def change(ids):
        row, column = np.argwhere(ids == thing['id'])[0]
        ids[row, column] = 0

    change_ids(root, change)
    area = thing['area']
    assert problems(root, deep=True) == {
        'wrong area': [f'{PNG}: thing {thing["id"]} has {area - 1} pixels, area {area}']
    }


def test_stuff_that_things_cover_is_no_problem(root):
    def change(content):
        stuff = content['annotations'][1]['segments_info'][0]
        stuff['area'] += 9
        content['annotations'][1]['segments_info'].append({**stuff, 'id': 123})

    change_json(root, change)
    assert problems(root, deep=True) == {}


def test_an_unknown_category(root):
    change_json(root, lambda content: content['categories'][3].update(name='unicorn'))
    (place,) = problems(root)['unknown category']
    assert place.startswith(f'{JSON}: of ShapesPanopticDataset: 1 annotation categories match none')
    assert "'unicorn'" in place


def test_a_segment_of_a_category_that_is_not_listed(root):
    change_json(
        root, lambda c: c['annotations'][0]['segments_info'][0].update(category_id=99, id=5)
    )
    where = f'{JSON}: ADE_train_00000001, segment 5: category 99'
    assert problems(root) == {'unknown category': [where]}


def test_splits_of_two_datasets(root, tmp_path):
    full, _ = write_shapes(
        tmp_path / 'full', ShapesSettings('shapes_full', images=1, val=1, size=48)
    )
    val = 'ade20k_panoptic_val.json'
    shutil.copy(full / val, root / val)
    (place,) = problems(root)['unknown category']
    assert place == f'{val}: of ShapesFullPanopticDataset, but others of ShapesPanopticDataset'


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('{"images": [', 'Input data was truncated'),
        ('', 'Input data was truncated'),
        ('[]', 'Expected `object`, got `array`'),
        ('{"images": []}', 'Expected `array` of length >= 1 - at `$.images`'),
        (
            '{"images": [{"id": 1}], "annotations": []}',
            'Object missing required field `file_name` - at `$.images[0]`',
        ),
        (
            '{"annotations": [{"image_id": 1, "segments_info": [{"id": 1}]}]}',
            'Object missing required field `category_id` - at `$.annotations[0].segments_info[0]`',
        ),
    ],
)
def test_a_broken_json(root, text, reason):
    (root / JSON).write_text(text)
    found = problems(root)
    assert list(found) == ['broken JSON']
    assert found['broken JSON'][0].startswith(f'{JSON}: {reason}')


@pytest.mark.parametrize('suffix', ['JPG', 'jpeg', 'png'])
def test_images_of_every_suffix_and_pngs_of_their_own_name(root, suffix):
    def change(content):
        for image, annotation in zip(content['images'], content['annotations'], strict=True):
            old = root / 'images/training' / image['file_name']
            image['file_name'] = f'{old.stem}.{suffix}'
            old.rename(old.with_name(image['file_name']))
            if suffix == 'png':
                old = root / 'ade20k_panoptic_train' / annotation['file_name']
                annotation['file_name'] = f'{old.stem}_GT.png'
                old.rename(old.with_name(annotation['file_name']))

    change_json(root, change)
    assert problems(root, deep=True) == {}


def test_a_missing_json(root):
    (root / JSON).unlink()
    assert problems(root) == {'missing JSON': [JSON]}


def test_images_and_annotations_that_do_not_belong_together(root):
    def change(content):
        content['annotations'][0]['image_id'] = 'nobody'
        content['annotations'].append(content['annotations'][1])
        content['images'].append(content['images'][2])

    change_json(root, change)
    assert problems(root) == {
        'annotation without image': [f'{JSON}: nobody'],
        'annotation twice': [f'{JSON}: ADE_train_00000002'],
        'image twice': [f'{JSON}: ADE_train_00000003'],
        'image without annotation': [f'{JSON}: ADE_train_00000001'],
    }


def test_an_id_twice_in_an_image(root):
    def change(content):
        segments = content['annotations'][0]['segments_info']
        segments.append({**segments[0], 'id': 5})
        segments.append({**segments[0], 'id': 5})

    change_json(root, change)
    assert problems(root) == {'segment twice': [f'{JSON}: ADE_train_00000001, segment 5']}


def test_files_that_no_annotation_names_are_noted(root):
    shutil.copy(root / IMAGE, root / 'images/training/more.jpg')
    report = check_ade_files(root)
    assert report.problems == {}
    assert report.notes == ['1 files in images/training are in no annotation file']


def test_images_with_an_orientation_tag_are_counted(root):
    for name in ('ADE_train_00000001', 'ADE_train_00000003'):
        path, tags = root / f'images/training/{name}.jpg', Image.Exif()
        tags[0x0112] = 6
        Image.open(path).convert('RGB').save(path, exif=tags.tobytes())
    report = check_ade_files(root)
    assert report.problems == {}
    (note,) = report.notes
    assert note.startswith('2 images in images/training have an EXIF orientation tag')


def test_an_image_that_is_too_narrow_to_be_resized(root):
    Image.new('RGB', (6000, 1)).save(root / IMAGE)
    write_panoptic_png(root / PNG, np.zeros((1, 6000), int))
    change_json(root, lambda content: content['images'][1].update(width=6000, height=1))
    assert problems(root) == {'too narrow image': [f'{IMAGE}: 6000x1, more than 1:200']}


def test_other_counts_than_ade20ks_are_noted(tmp_path):
    root, _ = write_shapes(tmp_path, ShapesSettings('ade20k', images=2, val=1, size=48))
    report = check_ade_files(root)
    assert report.problems == {}
    assert report.notes[0] == 'train has 2 images; the released ADE20K has 20,210'


def test_a_folder_that_is_not_there_says_what_to_run(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'ADE20K_ROOT.*prepare_ade20k.*make_shapes'):
        check_ade_files(tmp_path / 'nowhere')


def test_ten_places_of_a_kind_are_shown(root):
    report = check_ade_files(root)
    for index in range(1234):
        report.add('missing image', f'{index}.jpg')
    lines = report.describe().splitlines()
    assert lines[3] == 'missing image (1,234):'
    assert lines[-2:] == ['  9.jpg', '  ... and 1,224 more']
