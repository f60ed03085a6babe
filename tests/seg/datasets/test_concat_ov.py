import json

import pytest

from seg.datasets import ADE20KPanopticDataset, CocoPanopticOVDataset, ConcatOVDataset
from seg.registry import DATASETS

NOWHERE = dict(data_prefix=dict(img='', seg=''), ann_file='missing.json', pipeline=[])


def annotation_file(folder, name, categories):
    segments = [
        dict(id=10 + i, category_id=c['id'], iscrowd=0, bbox=[0, 0, 4, 4], area=16)
        for i, c in enumerate(categories)
    ]
    content = dict(
        images=[dict(id=name, file_name='a.jpg', height=8, width=8)],
        annotations=[dict(image_id=name, file_name='a.png', segments_info=segments)],
        categories=categories,
    )
    file = folder / f'{name}.json'
    file.write_text(json.dumps(content))
    return str(file)


@pytest.fixture
def parts(tmp_path):
    """A person and the sky, in ADE20K and in COCO."""
    ade = [dict(id=7, name='sky', isthing=0), dict(id=3, name='person', isthing=1)]
    coco = [dict(id=1, name='person', isthing=1), dict(id=187, name='sky-other-merged', isthing=0)]
    return [
        {**NOWHERE, 'type': kind, 'ann_file': annotation_file(tmp_path, kind, categories)}
        for kind, categories in (
            ('ADE20KPanopticDataset', ade),
            ('CocoPanopticOVDataset', coco),
        )
    ]


def labels(info):
    segments = {segment['id']: segment['category'] for segment in info['segments_info']}
    return segments, [instance['bbox_label'] for instance in info['instances']]


def test_labels_are_those_of_the_merged_classes(parts):
    dataset = DATASETS.build(dict(type='ConcatOVDataset', datasets=parts))
    classes = dataset.metainfo['classes']
    sky = next(i for i, name in enumerate(classes) if name.startswith('sky,'))
    person = next(i for i, name in enumerate(classes) if name.startswith('person,'))
    assert len(dataset) == 2
    assert labels(dataset[0]) == ({10: sky, 11: person}, [person])
    assert labels(dataset[1]) == ({10: person, 11: sky}, [person])


def test_the_metainfo_is_that_of_the_merged_classes(parts):
    dataset = ConcatOVDataset(parts)
    metainfo = dataset.metainfo
    assert dataset.dataset_name == 'Concat_ADE20KPanopticDataset_CocoPanopticOVDataset'
    assert metainfo['dataset_name'] == dataset.dataset_name
    assert metainfo['classes'] == metainfo['thing_classes'] + metainfo['stuff_classes']
    assert len(metainfo['palette']) == len(metainfo['classes'])
    ade = ADE20KPanopticDataset.METAINFO
    assert metainfo['palette'][:100] == ade['palette'][:100]


def test_one_vocabulary_keeps_its_name_and_its_classes(parts):
    dataset = ConcatOVDataset([parts[0], parts[0]])
    assert dataset.dataset_name == 'ADE20KPanopticDataset'
    assert dataset.metainfo['classes'] == ADE20KPanopticDataset.METAINFO['classes']
    assert labels(dataset[0]) == labels(dataset[1])


def test_wrapped_datasets_are_relabelled_too(parts):
    repeated = dict(type='RepeatDataset', times=2, dataset=parts[1])
    balanced = dict(type='ClassBalancedDataset', oversample_thr=1e-3, dataset=parts[0])
    plain = ConcatOVDataset(parts)
    wrapped = ConcatOVDataset([balanced, repeated])
    assert wrapped.metainfo == plain.metainfo
    assert len(wrapped) == 3
    assert labels(wrapped[0]) == labels(plain[0])
    assert labels(wrapped[1]) == labels(wrapped[2]) == labels(plain[1])


def test_built_lazily_it_reads_no_annotations():
    parts = [{**NOWHERE, 'type': kind} for kind in (ADE20KPanopticDataset, CocoPanopticOVDataset)]
    dataset = ConcatOVDataset(parts, lazy_init=True)
    assert len(dataset.metainfo['classes']) > 200
    with pytest.raises(FileNotFoundError):
        dataset.full_init()


def test_datasets_without_things_and_stuff_are_refused():
    with pytest.raises(ValueError, match='joins no datasets'):
        ConcatOVDataset([])
    with pytest.raises(ValueError, match=r'\(PanopticOVDataset\), got CocoDataset'):
        ConcatOVDataset([{**NOWHERE, 'type': 'mmdet.CocoDataset'}], lazy_init=True)
    metainfo = dict(classes=('cat', 'dog'))
    with pytest.raises(ValueError, match='2 classes, but 100 thing_classes and 50 stuff_classes'):
        ConcatOVDataset(
            [{**NOWHERE, 'type': ADE20KPanopticDataset, 'metainfo': metainfo}], lazy_init=True
        )
