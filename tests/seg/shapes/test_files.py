import json
import os

import numpy as np
import pytest
from PIL import Image

from ext.class_names import shapes_open
from seg.datasets import (
    ADE20KPanopticDataset,
    ShapesBasePanopticDataset,
    ShapesFullPanopticDataset,
    ShapesOpenPanopticDataset,
    ShapesPanopticDataset,
)
from seg.datasets.ade20k.check import check_ade_files
from seg.datasets.ade20k.layout import FOLDER
from seg.panoptic.png import read_panoptic_png
from seg.shapes.files import ShapesSettings, write_shapes

SMALL = ShapesSettings(images=3, val=2, size=48)


def contents(folder):
    files = (file for file in folder.rglob('*') if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    folder, is_new = write_shapes(tmp_path_factory.mktemp('shapes'), SMALL)
    assert is_new
    return folder


def test_the_layout_is_ade20ks(written):
    assert written.name == FOLDER
    assert set(contents(written)) == {
        'shapes.json',
        'ade20k_panoptic_train.json',
        'ade20k_panoptic_val.json',
        *(f'images/training/ADE_train_0000000{i}.jpg' for i in (1, 2, 3)),
        *(f'images/validation/ADE_val_0000000{i}.jpg' for i in (1, 2)),
        *(f'ade20k_panoptic_train/ADE_train_0000000{i}.png' for i in (1, 2, 3)),
        *(f'ade20k_panoptic_val/ADE_val_0000000{i}.png' for i in (1, 2)),
    }


def test_the_annotations_are_those_of_the_pngs(written):
    content = json.loads((written / 'ade20k_panoptic_train.json').read_text())
    names = {category['id']: category['name'] for category in content['categories']}
    assert names[0] == 'red circle'
    for image, annotation in zip(content['images'], content['annotations'], strict=True):
        assert image['id'] == annotation['image_id']
        ids = read_panoptic_png(written / 'ade20k_panoptic_train' / annotation['file_name'])
        with Image.open(written / 'images/training' / image['file_name']) as picture:
            assert picture.size == (image['width'], image['height']) == ids.shape[::-1]
        assert {segment['id'] for segment in annotation['segments_info']} == set(np.unique(ids))
        for segment in annotation['segments_info']:
            rows, columns = np.nonzero(ids == segment['id'])
            x, y, width, height = segment['bbox']
            assert segment['area'] == len(rows)
            assert (x, x + width - 1) == (columns.min(), columns.max())
            assert (y, y + height - 1) == (rows.min(), rows.max())
            assert segment['iscrowd'] == 0


def test_an_image_depends_on_seed_split_and_index_alone(written, tmp_path):
    more = ShapesSettings(images=5, val=3, size=48)
    other = contents(write_shapes(tmp_path / 'more', more, workers=2)[0])
    for name, content in contents(written).items():
        if name.endswith(('.jpg', '.png')):
            assert other[name] == content
    seed = ShapesSettings(images=3, val=2, size=48, seed=1)
    changed = contents(write_shapes(tmp_path / 'seed', seed)[0])
    same = [name for name, content in contents(written).items() if changed[name] == content]
    assert same == []


@pytest.mark.parametrize(
    ('vocabulary', 'dataset'),
    [
        ('shapes', ShapesPanopticDataset),
        ('shapes_full', ShapesFullPanopticDataset),
        ('ade20k', ADE20KPanopticDataset),
    ],
)
def test_its_dataset_loads_it(vocabulary, dataset, tmp_path):
    settings = ShapesSettings(vocabulary, images=3, val=1, size=48)
    folder, _ = write_shapes(tmp_path, settings)
    loaded = dataset(
        data_root=str(folder),
        ann_file='ade20k_panoptic_train.json',
        data_prefix=dict(img='images/training/', seg='ade20k_panoptic_train/'),
        pipeline=[],
    )
    content = json.loads((folder / 'ade20k_panoptic_train.json').read_text())
    assert len(loaded) == 3
    for index, annotation in enumerate(content['annotations']):
        given = [segment['category_id'] for segment in annotation['segments_info']]
        segments = loaded.get_data_info(index)['segments_info']
        assert [segment['category'] for segment in segments] == given
    report = check_ade_files(folder, deep=True)
    assert report.problems == {}
    assert report.dataset_name == dataset.dataset_name


@pytest.fixture(scope='module')
def open_world(tmp_path_factory):
    settings = ShapesSettings('shapes_open', images=12, val=12, size=48)
    return write_shapes(tmp_path_factory.mktemp('open'), settings)[0]


def loaded(folder, dataset, split, images):
    return dataset(
        data_root=str(folder),
        ann_file=f'ade20k_panoptic_{split}.json',
        data_prefix=dict(img=f'images/{images}/', seg=f'ade20k_panoptic_{split}/'),
        pipeline=[],
        test_mode=True,
    )


def classes_shown(dataset):
    """The class names of all segments."""
    return {
        dataset.metainfo['classes'][segment['category']]
        for index in range(len(dataset))
        for segment in dataset.get_data_info(index)['segments_info']
    }


def test_novel_classes_are_in_validation_alone(open_world):
    content = json.loads((open_world / 'ade20k_panoptic_train.json').read_text())
    names = {category['id']: category['name'] for category in content['categories']}
    assert set(names.values()) == {*shapes_open.NAMES[:24], *shapes_open.NAMES[36:]}
    shown = {s['category_id'] for a in content['annotations'] for s in a['segments_info']}
    assert shown <= set(names)

    training = loaded(open_world, ShapesBasePanopticDataset, 'train', 'training')
    assert not classes_shown(training) & set(shapes_open.NOVEL)
    validation = loaded(open_world, ShapesOpenPanopticDataset, 'val', 'validation')
    assert classes_shown(validation) & set(shapes_open.NOVEL)
    assert classes_shown(validation) & set(shapes_open.BASE)
    assert validation.metainfo['unseen_classes'] == shapes_open.NOVEL
    with pytest.raises(ValueError, match='12 annotation categories match none of the 30 classes'):
        loaded(open_world, ShapesBasePanopticDataset, 'val', 'validation')


def test_the_check_knows_the_open_world_from_the_full_one(open_world):
    report = check_ade_files(open_world, deep=True)
    assert report.problems == {}
    assert report.dataset_name == 'ShapesOpenPanopticDataset'
    assert (report.things, report.stuff) == (36, 6)


def test_a_config_may_name_the_unseen_classes_of_any_dataset():
    dataset = ShapesPanopticDataset(
        lazy_init=True,
        data_prefix={},
        metainfo=dict(unseen_classes=['yellow star,golden star']),
    )
    assert dataset.metainfo['unseen_classes'] == ['yellow star,golden star']
    assert dataset.metainfo['classes'] == ShapesPanopticDataset.METAINFO['classes']


def test_what_is_there_already_is_left_alone(written):
    before = contents(written)
    assert write_shapes(written.parent, SMALL) == (written, False)
    assert contents(written) == before


def test_other_settings_are_refused_without_force(tmp_path):
    folder, _ = write_shapes(tmp_path, SMALL)
    other = ShapesSettings(images=2, val=1, size=48, seed=7)
    with pytest.raises(
        FileExistsError, match=r'made with images 3, val 2, seed 0 \(asked for: 2, 1'
    ):
        write_shapes(tmp_path, other)
    assert write_shapes(tmp_path, other, force=True) == (folder, True)
    assert len(list((folder / 'images/training').iterdir())) == 2


def test_a_kill_while_the_old_data_set_is_removed_leaves_a_whole_one(tmp_path):
    folder, _ = write_shapes(tmp_path, SMALL)
    other = ShapesSettings(images=2, val=1, size=48, seed=7)
    child = os.fork()
    if not child:
        os.unlink = lambda *_, **__: os._exit(1)  # the first file that is removed
        write_shapes(tmp_path, other, force=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] != 0
    assert write_shapes(tmp_path, other) == (folder, False)
    assert len(list((folder / 'images/training').iterdir())) == 2
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_is_not_synthetic_is_never_replaced(tmp_path):
    precious = tmp_path / FOLDER / 'images' / 'mine.jpg'
    precious.parent.mkdir(parents=True)
    precious.touch()
    for force in (False, True):
        with pytest.raises(FileExistsError, match=r'was not made by make_shapes\.py'):
            write_shapes(tmp_path, SMALL, force=force)
    assert precious.exists()


def test_nothing_is_left_of_an_interrupted_run(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr('seg.shapes.files.render_scene', interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_shapes(tmp_path, SMALL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (ShapesSettings(images=0), 'images must be at least 1, got 0'),
        (ShapesSettings(val=0), 'val must be at least 1'),
        (ShapesSettings(size=16), 'size must be at least 32'),
        (ShapesSettings(seed=-1), 'seed must be at least 0'),
        (ShapesSettings('coco'), 'unknown vocabulary'),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        write_shapes(tmp_path, settings)
    assert list(tmp_path.iterdir()) == []
