import json

import numpy as np
import pytest
from PIL import Image

from ext.class_names import ade20k_panoptic, ade20k_semantic
from seg.datasets import ADE20KPanopticDataset
from seg.datasets.ade20k.check import check_ade_files
from seg.datasets.ade20k.prepare import prepare_ade20k
from seg.datasets.ade20k.raw import panoptic_segments
from seg.panoptic.png import read_panoptic_png
from seg.panoptic.segment_ids import MAX_DISTANCE

NAMES, PALETTE = ade20k_panoptic.NAMES, ade20k_panoptic.PALETTE
SIZE = (24, 31)


def random_maps(seed, size=SIZE):
    """Blocks of stuff and unlabelled pixels, with things over them that partly are no instance."""
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0, 1, 2, 3, 8, 150, int(rng.integers(1, 151))], (4, 5))
    rows, columns = (np.sort(rng.integers(0, n, m)) for n, m in zip((4, 5), size, strict=True))
    semantic = coarse[np.ix_(rows, columns)].astype(np.uint8)
    instance = np.zeros((*size, 3), np.uint8)
    for number in rng.choice(np.arange(1, 256), 6, replace=False):
        y, x = rng.integers(0, size[0] - 6), rng.integers(0, size[1] - 6)
        instance[y : y + 6, x : x + 6, 1] = number
        # Few classes, so that some have several instances.
        instance[y : y + 6, x : x + 6, 0] = rng.choice([1, 4, 100])
    return semantic, instance


def slow_segments(semantic, instance):
    """mmdet's loops, with the ids left open: category and visible area of each segment, and a map."""
    covered = np.zeros(semantic.shape, int)  # 1 + index of the segment that is drawn last
    segments = []
    for value in np.unique(semantic):
        if value == 0:
            continue
        category = NAMES.index(ade20k_semantic.NAMES[value - 1])
        if category < 100:
            continue
        mask = semantic == value
        segments.append(category)
        covered[mask] = len(segments)
    for number in np.unique(instance[..., 1]):
        if number == 0:
            continue
        mask = instance[..., 1] == number
        (red,) = np.unique(instance[..., 0][mask])
        segments.append(int(red) - 1)
        covered[mask] = len(segments)
    areas = [int((covered == number).sum()) for number in range(len(segments) + 1)]
    left = [number for number in range(1, len(areas)) if areas[number]]
    drawn = np.zeros(len(areas), int)
    drawn[left] = range(1, len(left) + 1)
    return drawn[covered], [(segments[number - 1], areas[number]) for number in left]


@pytest.mark.parametrize('seed', range(8))
def test_segments_and_categories_are_mmdets_and_areas_those_of_the_png(seed):
    semantic, instance = random_maps(seed)
    covered, expected = slow_segments(semantic, instance)
    ids, segments = panoptic_segments(semantic, instance, 'a')
    assert [(s['category_id'], s['area']) for s in segments] == expected
    drawn = np.array([0] + [segment['id'] for segment in segments])[covered]
    np.testing.assert_array_equal(ids, drawn)
    assert len({segment['id'] for segment in segments} - {0}) == len(segments)


@pytest.mark.parametrize('seed', range(4))
def test_ids_are_the_colours_of_the_categories_or_near_them(seed):
    _, segments = panoptic_segments(*random_maps(seed), 'a')
    seen = set()
    for segment in segments:
        id, category = segment['id'], segment['category_id']
        color = np.array([id % 256, id // 256 % 256, id // 256**2])
        distance = np.abs(color - PALETTE[category]).max()
        assert distance <= (MAX_DISTANCE if category in seen else 0)
        seen.add(category)


def test_boxes_are_around_what_the_maps_show():
    semantic, instance = random_maps(0)
    _, segments = panoptic_segments(semantic, instance, 'a')
    numbers = iter(np.unique(instance[..., 1])[1:])
    for segment in segments:
        if segment['category_id'] >= 100:
            value = 1 + ade20k_semantic.NAMES.index(NAMES[segment['category_id']])
            rows, columns = np.nonzero((semantic == value) & (instance[..., 1] == 0))
        else:
            rows, columns = np.nonzero(instance[..., 1] == next(numbers))
        x, y, width, height = segment['bbox']
        assert (x, x + width - 1) == (columns.min(), columns.max())
        assert (y, y + height - 1) == (rows.min(), rows.max())


def test_stuff_that_things_cover_whole_is_not_listed():
    wall = 1 + ade20k_semantic.NAMES.index(NAMES[100])
    semantic, instance = np.full(SIZE, wall, np.uint8), np.zeros((*SIZE, 3), np.uint8)
    instance[...] = (1, 1, 0)
    _, segments = panoptic_segments(semantic, instance, 'a')
    assert [(s['category_id'], s['area']) for s in segments] == [(0, SIZE[0] * SIZE[1])]


def test_an_unlabelled_image_is_void():
    blank = np.zeros(SIZE, np.uint8)
    ids, segments = panoptic_segments(blank, np.zeros((*SIZE, 3), np.uint8), 'a')
    assert segments == []
    assert not ids.any()


@pytest.mark.parametrize(
    ('semantic', 'instance', 'message'),
    [
        (np.full(SIZE, 151), (0, 0), 'semantic class 151 is more than 150'),
        (np.zeros(SIZE), (101, 1), 'instance 1 has the class 101, which is not 1 to 100'),
        (np.zeros(SIZE), (0, 1), 'instance 1 has the class 0'),
        (np.zeros((3, 3)), (0, 0), 'do not fit together'),
    ],
)
def test_maps_that_must_not_be_are_refused(semantic, instance, message):
    colours = np.broadcast_to(np.array([*instance, 0], np.uint8), (*SIZE, 3))
    with pytest.raises(ValueError, match=message):
        panoptic_segments(semantic.astype(np.uint8), colours, 'a')


def test_an_instance_of_two_classes_is_refused():
    instance = np.zeros((*SIZE, 3), np.uint8)
    instance[:2, :, :2] = (5, 9)
    instance[5:, :, :2] = (7, 9)
    with pytest.raises(ValueError, match='instance 9 has the classes 5 and 7'):
        panoptic_segments(np.zeros(SIZE, np.uint8), instance, 'a')


@pytest.fixture
def raw(tmp_path):
    """Released files: five images for training, two for validation."""
    for split, name, count in (('train', 'training', 5), ('val', 'validation', 2)):
        for folder in ('images', 'annotations', 'annotations_instance'):
            (tmp_path / folder / name).mkdir(parents=True)
        for index in range(count):
            semantic, instance = random_maps(10 * count + index)
            stem = f'ADE_{split}_{index + 1:08d}'
            Image.new('RGB', SIZE[::-1]).save(tmp_path / 'images' / name / f'{stem}.jpg')
            Image.fromarray(semantic).save(tmp_path / 'annotations' / name / f'{stem}.png')
            Image.fromarray(instance).save(tmp_path / 'annotations_instance' / name / f'{stem}.png')
    return tmp_path


def made(root):
    files = [*root.glob('ade20k_panoptic_*.json'), *root.glob('ade20k_panoptic_*/*')]
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize('workers', [1, 2])
def test_the_layout_is_complete_and_its_dataset_loads_it(raw, workers):
    assert prepare_ade20k(raw, workers=workers) == {'train': 5, 'val': 2}
    report = check_ade_files(raw, deep=True)
    assert report.problems == {}
    assert report.dataset_name == 'ADE20KPanopticDataset'
    dataset = ADE20KPanopticDataset(
        data_root=str(raw),
        ann_file='ade20k_panoptic_train.json',
        data_prefix=dict(img='images/training/', seg='ade20k_panoptic_train/'),
        pipeline=[],
    )
    assert len(dataset) == 5
    content = json.loads((raw / 'ade20k_panoptic_train.json').read_text())
    for index, annotation in enumerate(content['annotations']):
        segments = dataset.get_data_info(index)['segments_info']
        given = [(s['id'], s['category_id']) for s in annotation['segments_info']]
        assert [(s['id'], s['category']) for s in segments] == given
        ids = read_panoptic_png(raw / 'ade20k_panoptic_train' / annotation['file_name'])
        assert set(np.unique(ids)) - {0} <= {id for id, _ in given}
    assert [category['name'] for category in content['categories']] == list(NAMES)


def test_images_of_every_suffix_are_prepared_and_turned_ones_as_they_are_stored(raw):
    folder, tags = raw / 'images/training', Image.Exif()
    tags[0x0112] = 6
    for number, suffix in enumerate(('JPG', 'jpeg', 'png'), start=1):
        file = folder / f'ADE_train_{number:08d}.jpg'
        file.unlink()
        Image.new('RGB', SIZE[::-1]).save(file.with_suffix(f'.{suffix}'), exif=tags.tobytes())
    prepare_ade20k(raw)
    report = check_ade_files(raw, deep=True)
    assert report.problems == {}
    assert any(
        '3 images in images/training have an EXIF orientation tag' in n for n in report.notes
    )


def test_images_of_one_name_are_refused(raw):
    Image.new('RGB', SIZE[::-1]).save(raw / 'images/training/ADE_train_00000002.png')
    with pytest.raises(ValueError, match=r'00000002\.jpg and ADE_train_00000002\.png would have'):
        prepare_ade20k(raw)


def test_an_interrupted_run_goes_on_where_it_stopped(raw):
    prepare_ade20k(raw)
    expected = made(raw)
    (raw / 'ade20k_panoptic_train.json').unlink()
    kept = raw / 'ade20k_panoptic_train/ADE_train_00000001.png'
    time = kept.stat().st_mtime_ns
    # One missing, one cut off, one that another tool has written.
    (raw / 'ade20k_panoptic_train/ADE_train_00000002.png').unlink()
    cut = raw / 'ade20k_panoptic_train/ADE_train_00000003.png'
    cut.write_bytes(cut.read_bytes()[:-30])
    Image.new('RGB', SIZE[::-1]).save(raw / 'ade20k_panoptic_train/ADE_train_00000004.png')
    assert prepare_ade20k(raw) == {'train': 5, 'val': None}
    assert made(raw) == expected
    assert kept.stat().st_mtime_ns == time


def test_what_is_there_is_left_alone_without_force(raw):
    prepare_ade20k(raw)
    before = made(raw)
    (raw / 'ade20k_panoptic_train.json').write_text('mine')
    assert prepare_ade20k(raw) == {'train': None, 'val': None}
    assert (raw / 'ade20k_panoptic_train.json').read_text() == 'mine'
    assert prepare_ade20k(raw, force=True) == {'train': 5, 'val': 2}
    assert made(raw) == before


def test_an_interrupted_run_with_force_leaves_nothing_of_before(raw, monkeypatch):
    prepare_ade20k(raw)
    monkeypatch.setattr('seg.datasets.ade20k.prepare.panoptic_segments', interrupt)
    with pytest.raises(KeyboardInterrupt):
        prepare_ade20k(raw, force=True)
    assert not (raw / 'ade20k_panoptic_train.json').exists()
    assert list((raw / 'ade20k_panoptic_train').iterdir()) == []


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize('folder', ['images', 'annotations', 'annotations_instance'])
def test_a_missing_folder_says_where_it_comes_from(raw, folder):
    (raw / folder / 'training').rename(raw / 'elsewhere')
    with pytest.raises(FileNotFoundError, match=rf'{folder}/training does not.*unpack both in'):
        prepare_ade20k(raw)


@pytest.mark.parametrize('workers', [1, 2])
def test_a_missing_or_damaged_file_is_named(raw, workers):
    file = raw / 'annotations/training/ADE_train_00000003.png'
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r'ADE_train_00000003\.png cannot be read'):
        prepare_ade20k(raw, workers=workers)
    file.unlink()
    with pytest.raises(FileNotFoundError, match=r'ADE_train_00000003\.png does not exist'):
        prepare_ade20k(raw, workers=workers)
    assert not (raw / 'ade20k_panoptic_train.json').exists()
    file.write_bytes(content)
    assert prepare_ade20k(raw) == {'train': 5, 'val': 2}


def test_maps_of_another_size_than_the_image_are_named(raw):
    Image.new('RGB', (9, 9)).save(raw / 'images/training/ADE_train_00000002.jpg')
    with pytest.raises(ValueError, match=r'00000002\.png is 31x24, but its image is 9x9'):
        prepare_ade20k(raw)


def test_the_semantic_names_are_ade20ks():
    assert set(ade20k_semantic.NAMES) == set(NAMES)
    assert ade20k_semantic.NAMES[:3] == ('wall', 'building', 'sky')
