import copy
import json
import pickle
import warnings

import mmcv
import numpy as np
import pytest
from mmdet.datasets.transforms import PackDetInputs, Resize
from PIL import Image

from seg.datasets import ADE20KPanopticDataset, CocoPanopticOVDataset, PanopticOVDataset
from seg.datasets.transforms import LoadImageFromFile, LoadSegmentMap, SegmentMapToMasks
from seg.panoptic.png import write_panoptic_png
from seg.panoptic.void import VOID_CLASS
from seg.registry import DATASETS
from seg.runtime.image_files import UnreadableImageError
from seg.text_classifier.vocabulary import Vocabulary, find_vocabulary


def annotations(categories):
    segments = [
        {'id': 10 + i, 'category_id': c['id'], 'iscrowd': 0, 'bbox': [0, 0, 4, 4], 'area': 16}
        for i, c in enumerate(categories)
    ]
    return {
        'images': [{'id': 5, 'file_name': 'a.jpg', 'height': 8, 'width': 8}],
        'annotations': [{'image_id': 5, 'file_name': 'a.png', 'segments_info': segments}],
        'categories': categories,
    }


def load(folder, categories):
    file = folder / 'panoptic.json'
    file.write_text(json.dumps(annotations(categories)))
    return ADE20KPanopticDataset(
        ann_file=str(file), data_prefix=dict(img='images/', seg='panoptic/'), pipeline=[]
    )


@pytest.mark.parametrize(
    ('dataset', 'things', 'stuff'),
    [(ADE20KPanopticDataset, 100, 50), (CocoPanopticOVDataset, 80, 53)],
)
def test_classes_are_things_then_stuff(dataset, things, stuff):
    metainfo = dataset.METAINFO
    assert len(metainfo['thing_classes']) == things
    assert len(metainfo['stuff_classes']) == stuff
    assert metainfo['classes'] == metainfo['thing_classes'] + metainfo['stuff_classes']
    assert len(metainfo['palette']) == things + stuff
    assert dataset.dataset_name == dataset.__name__


def test_labels_follow_the_classes_and_not_the_order_of_the_categories(tmp_path):
    sky, person = 102, 3
    dataset = load(
        tmp_path,
        [
            {'id': 2, 'name': 'sky', 'isthing': 0},
            {'id': 12, 'name': 'person', 'isthing': 1},
        ],
    )
    segments = dataset.get_data_info(0)['segments_info']
    assert [(s['id'], s['category'], s['is_thing']) for s in segments] == [
        (10, sky, 0),
        (11, person, 1),
    ]


def test_segments_of_one_id_in_many_images_are_each_images_own(tmp_path, monkeypatch):
    """The id is the colour in the PNG: a class's first segment has the same one in every image."""
    content = annotations([PERSON])
    content['images'] = [
        {**content['images'][0], 'id': n, 'file_name': f'{n}.jpg'} for n in range(40)
    ]
    segment = content['annotations'][0]['segments_info'][0]
    content['annotations'] = [
        {'image_id': n, 'file_name': f'{n}.png', 'segments_info': [{**segment, 'area': 20 + n}]}
        for n in range(40)
    ]
    file = tmp_path / 'panoptic.json'
    file.write_text(json.dumps(content))
    looked_at, parse = [], ADE20KPanopticDataset.parse_data_info

    def counting(self, raw):
        looked_at.extend(raw['raw_ann_info'])
        return parse(self, raw)

    monkeypatch.setattr(ADE20KPanopticDataset, 'parse_data_info', counting)
    dataset = ADE20KPanopticDataset(
        ann_file=str(file), data_prefix=dict(img='images/', seg='panoptic/'), pipeline=[]
    )
    areas = [[s['area'] for s in dataset.get_data_info(n)['segments_info']] for n in range(40)]
    assert areas == [[20 + n] for n in range(40)]
    assert len(looked_at) == 40  # mmdet looks at those of all images for each: 1,600


def test_loading_names_the_categories_that_match_no_class(tmp_path):
    with pytest.raises(ValueError, match=r"1 annotation categories .* 150 classes: 'unicorn'"):
        load(tmp_path, [{'id': 1, 'name': 'unicorn', 'isthing': 1}])


PERSON = {'id': 12, 'name': 'person', 'isthing': 1}
SKY = {'id': 2, 'name': 'sky', 'isthing': 0}
TRAINING = [
    LoadImageFromFile(),
    LoadSegmentMap(),
    Resize(scale=(16, 16), keep_ratio=True),
    SegmentMapToMasks(),
    PackDetInputs(),
]


@pytest.fixture
def make(tmp_path):
    """Builds a dataset from a content that ``change`` has changed."""

    def call(change=lambda content: None, categories=(SKY, PERSON), **options):
        content = copy.deepcopy(annotations(list(categories)))
        change(content)
        (tmp_path / 'panoptic.json').write_text(json.dumps(content))
        prefix = dict(img=str(tmp_path / 'images'), seg=str(tmp_path / 'panoptic'))
        options = dict(ann_file=str(tmp_path / 'panoptic.json'), data_prefix=prefix) | options
        return ADE20KPanopticDataset(**options)

    return call


@pytest.mark.parametrize('image', ['a.jpg', 'a.JPG', 'a.jpeg', 'a.png'])
@pytest.mark.parametrize(('png', 'found'), [('a_GT.png', 'a_GT.png'), (None, 'a.png')])
def test_the_annotation_names_the_png_else_the_image_does(make, image, png, found):
    def change(content):
        content['images'][0]['file_name'] = image
        content['annotations'][0]['file_name'] = png
        if png is None:
            del content['annotations'][0]['file_name']

    info = make(change).get_data_info(0)
    assert info['img_path'].endswith(f'images/{image}')
    assert info['seg_map_path'].endswith(f'panoptic/{found}')


def write_sample(folder, ids, pixels=None):
    for name in ('images', 'panoptic'):
        (folder / name).mkdir(exist_ok=True)
    write_panoptic_png(folder / 'panoptic/a.png', ids)
    pixels = np.zeros((*ids.shape, 3), np.uint8) if pixels is None else pixels
    Image.fromarray(pixels).save(folder / 'images/a.jpg')


@pytest.mark.parametrize('load', [LoadImageFromFile, mmcv.transforms.LoadImageFromFile])
def test_a_turned_image_is_loaded_as_its_annotation_is_drawn(make, tmp_path, load):
    write_sample(tmp_path, np.full((6, 8), 10))
    tags, pixels = Image.Exif(), np.arange(144, dtype=np.uint8).reshape(6, 8, 3)
    tags[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / 'images/a.jpg', format='PNG', exif=tags.tobytes())
    dataset = make(pipeline=[load(), *TRAINING[1:2], *TRAINING[3:]])
    np.testing.assert_array_equal(dataset[0]['inputs'].permute(1, 2, 0).numpy()[..., ::-1], pixels)


@pytest.mark.parametrize('box', [[3, 0, 0, 7], [3, 0, 1, 8], [3, 0, 0, 0]])
def test_an_object_one_pixel_wide_is_kept_and_its_box_is_that_of_its_mask(make, tmp_path, box):
    ids = np.full((8, 8), 10)
    ids[:, 3] = 11
    write_sample(tmp_path, ids)

    def change(content):
        segment = content['annotations'][0]['segments_info'][1]
        segment.update(bbox=box, area=0 if box[2:] == [0, 0] else 8)

    pipeline = [step for step in TRAINING if not isinstance(step, Resize)]
    things = make(change, pipeline=pipeline)[0]['data_samples'].gt_instances
    assert things.labels.tolist() == [3]
    assert things.masks.masks[0].sum() == 8
    assert things.bboxes.tensor.tolist() == [[3, 0, 4, 8]]


def test_of_a_subset_of_the_annotated_classes_the_others_are_void(make, tmp_path):
    write_sample(tmp_path, np.repeat([[10] * 4 + [11] * 4], 8, axis=0))
    names = dict(classes=('person',), thing_classes=('person',), stuff_classes=())
    dataset = make(metainfo=names, pipeline=TRAINING)
    assert [(s['id'], s['category']) for s in dataset.get_data_info(0)['segments_info']] == [
        (11, 0),
        (10, -1),
    ]
    seg_map = dataset[0]['data_samples'].gt_sem_seg.sem_seg[0]
    assert seg_map[0].tolist() == [VOID_CLASS] * 8 + [0] * 8
    dataset.relabel([7])
    assert [s['category'] for s in dataset.get_data_info(0)['segments_info']] == [7, -1]
    with pytest.raises(ValueError, match=r"'sky'; 1 classes have no category: 'persona'"):
        make(metainfo=names | dict(classes=('person', 'persona')))


def test_without_annotations_there_are_samples_to_test_and_none_to_train(make):
    def change(content):
        del content['annotations']
        for category in content['categories']:
            del category['isthing']

    info = make(change, test_mode=True).get_data_info(0)
    assert info['seg_map_path'] is None and info['segments_info'] == []
    with pytest.raises(ValueError, match=r'1 of 1 images have no annotation: a\.jpg$'):
        make(change)


def test_a_single_image_without_annotation_is_named(make):
    def change(content):
        content['images'].append(content['images'][0] | {'id': 6, 'file_name': 'b.jpg'})

    for test_mode in (False, True):
        with pytest.raises(ValueError, match=r'1 of 2 images have no annotation: b\.jpg$'):
            make(change, test_mode=test_mode)


def test_damaged_annotations_are_named(make):
    with pytest.raises(ValueError, match=r'panoptic\.json: .*`isthing` - at `\$.categories\[0\]`'):
        make(lambda content: content['categories'][0].pop('isthing'))
    with pytest.raises(
        ValueError, match='segment 10 of image 5 has category 77, which is not list'
    ):
        make(lambda content: content['annotations'][0]['segments_info'][0].update(category_id=77))


@pytest.fixture
def broken(make, tmp_path):
    """Builds a dataset of a good image, an empty one and one that is too narrow to be resized."""
    write_sample(tmp_path, np.full((8, 8), 10))
    write_panoptic_png(tmp_path / 'panoptic/c.png', np.full((1, 600), 10))
    (tmp_path / 'images/b.jpg').touch()
    Image.new('RGB', (600, 1)).save(tmp_path / 'images/c.jpg')

    def change(content):
        for number, name in ((6, 'b'), (7, 'c')):
            image, annotation = content['images'][0], content['annotations'][0]
            content['images'].append(image | {'id': number, 'file_name': f'{name}.jpg'})
            content['annotations'].append(
                annotation | {'image_id': number, 'file_name': f'{name}.png'}
            )

    return lambda **options: make(change, pipeline=TRAINING, **options)


def test_a_broken_image_is_named(broken):
    dataset = broken()
    assert dataset[0]['inputs'].shape[0] == 3
    with pytest.raises(UnreadableImageError, match=r'images/b\.jpg cannot be read'):
        dataset[1]
    with pytest.raises(UnreadableImageError, match=r'images/c\.jpg cannot be transformed'):
        dataset[2]


def test_training_may_skip_broken_images_and_counts_them(broken):
    dataset = broken(skip_broken=True)
    with pytest.warns(UserWarning, match=r'b\.jpg cannot be read.*; skipped, 1 so far$'):
        assert dataset.prepare_data(1) is None
    with pytest.warns(UserWarning, match=r'c\.jpg .*; skipped, 2 so far$'):
        assert dataset.prepare_data(2) is None
    with warnings.catch_warnings():
        warnings.simplefilter('error')  # each is told once
        assert dataset[1]['data_samples'].img_path.endswith('a.jpg')
    assert len(pickle.loads(pickle.dumps(dataset))) == 3  # as workers that are spawned get it


def test_tests_never_skip_an_image(broken):
    with pytest.raises(UnreadableImageError, match=r'b\.jpg'):
        broken(skip_broken=True, test_mode=True)[1]


def test_the_scope_of_mmdet_keeps_its_own_dataset_of_the_same_name():
    import mmdet.datasets

    assert DATASETS.get('ADE20KPanopticDataset') is ADE20KPanopticDataset
    assert DATASETS.get('mmdet.ADE20KPanopticDataset') is mmdet.datasets.ADE20KPanopticDataset


def test_a_dataset_without_words_is_not_cocos():
    with pytest.raises(ValueError, match=r"PanopticOVDataset needs vocabulary='...'"):
        PanopticOVDataset(lazy_init=True, data_prefix={}, pipeline=[])


def test_metainfo_may_leave_classes_of_the_vocabulary_out_but_name_no_others():
    lazy = dict(vocabulary='shapes', lazy_init=True, data_prefix={}, pipeline=[])
    some = PanopticOVDataset(metainfo=dict(classes=('sand,beach,desert',)), **lazy)
    assert some.metainfo['classes'] == some.metainfo['stuff_classes'] == ('sand,beach,desert',)
    assert some.metainfo['thing_classes'] == ()
    with pytest.raises(ValueError, match="metainfo names 'zebra', which is none of the 14 classes"):
        PanopticOVDataset(metainfo=dict(classes=('zebra',)), **lazy)


def test_some_of_the_classes_keep_their_kind_and_the_names_of_their_annotations():
    some = ('bed,beds', find_vocabulary('ADE20KPanopticDataset').stuff[1])
    lazy = ADE20KPanopticDataset(
        metainfo=dict(classes=some), lazy_init=True, data_prefix={}, pipeline=[]
    )
    assert lazy.metainfo['thing_classes'] == some[:1]
    assert lazy.metainfo['stuff_classes'] == some[1:]
    known = Vocabulary.from_metainfo(lazy.metainfo, lazy.dataset_name)
    assert known.num_things == 1 and known.category_names == ()


def test_some_of_the_classes_have_the_names_and_ids_of_the_loaded_annotations(tmp_path):
    categories = [dict(id=7, name='sky', isthing=0), dict(id=3, name='bed', isthing=1)]
    segments = [dict(id=1, category_id=3, iscrowd=0, bbox=[0, 0, 4, 4], area=16)]
    content = dict(
        images=[dict(id='a', file_name='a.jpg', height=8, width=8)],
        annotations=[dict(image_id='a', file_name='a.png', segments_info=segments)],
        categories=categories,
    )
    (tmp_path / 'some.json').write_text(json.dumps(content))
    classes = ADE20KPanopticDataset.METAINFO['classes']
    some = tuple(next(name for name in classes if name.startswith(own)) for own in ('bed', 'sky'))
    loaded = ADE20KPanopticDataset(
        metainfo=dict(classes=some),
        ann_file=str(tmp_path / 'some.json'),
        data_prefix=dict(img='', seg=''),
        pipeline=[],
    )
    assert loaded.metainfo['category_names'] == ['bed', 'sky']
    assert loaded.metainfo['category_ids'] == [3, 7]
