import json

import pytest

from seg.datasets import ADE20KPanopticDataset, CocoPanopticOVDataset
from seg.registry import DATASETS


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


def test_loading_names_the_categories_that_match_no_class(tmp_path):
    with pytest.raises(ValueError, match=r"1 annotation categories .* 150 classes: 'unicorn'"):
        load(tmp_path, [{'id': 1, 'name': 'unicorn', 'isthing': 1}])


def test_the_scope_of_mmdet_keeps_its_own_dataset_of_the_same_name():
    import mmdet.datasets

    assert DATASETS.get('ADE20KPanopticDataset') is ADE20KPanopticDataset
    assert DATASETS.get('mmdet.ADE20KPanopticDataset') is mmdet.datasets.ADE20KPanopticDataset
