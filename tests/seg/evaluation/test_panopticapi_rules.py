"""Panoptic quality from files, against panopticapi's rules as a slow loop and against hotcoco's."""

import json

import numpy as np
import pytest
import torch

from seg.datasets import CocoPanopticOVDataset
from seg.evaluation import PanopticQualityMetric
from seg.panoptic.png import read_panoptic_png, write_panoptic_png

# Ids with gaps, in another order than the classes.
CATEGORIES = [
    {'id': 20, 'name': 'wall-brick', 'isthing': 0},
    {'id': 3, 'name': 'dog', 'isthing': 1},
    {'id': 1, 'name': 'person', 'isthing': 1},
    {'id': 14, 'name': 'grass-merged', 'isthing': 0},
    {'id': 90, 'name': 'bicycle', 'isthing': 1},
]
IS_THING = {category['id']: category['isthing'] for category in CATEGORIES}
SIZE = 40


def rectangle(rng):
    where = np.zeros((SIZE, SIZE), bool)
    (top, left), (height, width) = rng.integers(0, SIZE - 6, 2), rng.integers(5, SIZE // 2, 2)
    where[top : top + height, left : left + width] = True
    return where


def true_image(rng):
    """Segments with crowds of both kinds, several of a class, and areas that are not their pixels'."""
    ids, segments = np.zeros((SIZE, SIZE), int), []
    for number in range(1, 13):
        category = int(rng.choice(list(IS_THING)))
        ids[rectangle(rng)] = 1000 * number
        segments.append(
            {'id': 1000 * number, 'category_id': category, 'iscrowd': int(rng.random() < 0.35)}
        )
    segments = [s for s in segments if (ids == s['id']).any()]
    for segment in segments:
        segment['area'] = int((ids == segment['id']).sum() * rng.choice([0.8, 1, 1, 1.4])) + 1
        segment['bbox'] = [0, 0, SIZE, SIZE]
    return ids, segments


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """A data set of 30 images, the predictions that the metric wrote for it, and its results."""
    root = tmp_path_factory.mktemp('panoptic')
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for number in range(30):
        ids, segments = true_image(rng)
        (root / 'true').mkdir(exist_ok=True)
        write_panoptic_png(root / 'true' / f'{number}.png', ids)
        images.append({'id': number, 'file_name': f'{number}.jpg', 'height': SIZE, 'width': SIZE})
        annotations.append(
            {'image_id': number, 'file_name': f'{number}.png', 'segments_info': segments}
        )
    content = {'images': images, 'annotations': annotations, 'categories': CATEGORIES}
    (root / 'true.json').write_text(json.dumps(content))
    dataset = CocoPanopticOVDataset(
        ann_file=str(root / 'true.json'),
        data_prefix={'img': '', 'seg': str(root / 'true')},
        pipeline=[],
        test_mode=True,
    )
    samples = [with_prediction(dataset.get_data_info(i), rng) for i in range(len(dataset))]
    return root, dataset.metainfo, samples, evaluate(samples, dataset.metainfo, write_dir=root)


def with_prediction(sample, rng):
    """True segments shifted, some of another class or lost, stuff merged, as a model predicts them."""
    true = read_panoptic_png(sample['seg_map_path'])
    things = len(CocoPanopticOVDataset.METAINFO['thing_classes'])
    pred = np.full(true.shape, len(CocoPanopticOVDataset.METAINFO['classes']))
    labels = [segment['category'] for segment in sample['segments_info']]
    for number, segment in enumerate(sample['segments_info'], start=1):
        label = segment['category'] if rng.random() < 0.85 else int(rng.choice(labels))
        where = np.roll(true == segment['id'], rng.integers(-1, 2, 2), (0, 1))
        if rng.random() < 0.85:
            pred[where] = label + (1000 * number if label < things else 0)
    pred[rectangle(rng)] = int(rng.choice(labels))
    return sample | {'pred_panoptic_seg': {'sem_seg': torch.from_numpy(pred)[None]}}


def evaluate(samples, metainfo, **options):
    metric = PanopticQualityMetric(**options)
    metric.dataset_meta = metainfo
    metric.process({}, samples)
    return metric.evaluate(len(samples))


def panopticapi_counts(root, area_of):
    """IoU, tp, fp, fn of each category, as ``pq_compute_single_core`` of panopticapi counts them."""
    true, pred = (json.loads((root / f'{n}.json').read_text()) for n in ('true', 'panoptic'))
    counts = {category: [0.0, 0, 0, 0] for category in IS_THING}
    for true_image, pred_image in zip(true['annotations'], pred['annotations'], strict=True):
        true_ids = read_panoptic_png(root / 'true' / true_image['file_name']).ravel().tolist()
        pred_ids = read_panoptic_png(root / 'panoptic' / pred_image['file_name']).ravel().tolist()
        true_segments = {s['id']: s for s in true_image['segments_info']}
        pred_segments = {s['id']: s for s in pred_image['segments_info']}
        overlap = {}
        for pair in zip(true_ids, pred_ids, strict=True):
            overlap[pair] = overlap.get(pair, 0) + 1
        true_matched, pred_matched = set(), set()
        for (t, p), shared in overlap.items():
            if t not in true_segments or p not in pred_segments or true_segments[t]['iscrowd']:
                continue
            category = true_segments[t]['category_id']
            if category != pred_segments[p]['category_id']:
                continue
            area = true_segments[t]['area'] if area_of == 'annotations' else true_ids.count(t)
            iou = shared / (pred_ids.count(p) + area - shared - overlap.get((0, p), 0))
            if iou > 0.5:
                counts[category][0] += iou
                counts[category][1] += 1
                true_matched.add(t)
                pred_matched.add(p)
        crowds = {}
        for t, segment in true_segments.items():
            if t not in true_matched and segment['iscrowd']:
                crowds[segment['category_id']] = t
            elif t not in true_matched:
                counts[segment['category_id']][3] += 1
        for p, segment in pred_segments.items():
            crowd = crowds.get(segment['category_id'])
            excused = overlap.get((0, p), 0) + overlap.get((crowd, p), 0)
            if p not in pred_matched and excused / pred_ids.count(p) <= 0.5:
                counts[segment['category_id']][2] += 1
    return counts


def qualities(counts):
    """PQ, SQ, RQ of all categories, things and stuff, in percent."""
    results = {}
    for suffix, kinds in (('', (0, 1)), ('_th', (1,)), ('_st', (0,))):
        found = [c for category, c in counts.items() if IS_THING[category] in kinds and sum(c[1:])]
        rq = [tp / (tp + fp / 2 + fn / 2) for _, tp, fp, fn in found]
        sq = [iou / tp if tp else 0 for iou, tp, _, _ in found]
        pq = [r * s for r, s in zip(rq, sq, strict=True)]
        for name, values in (('PQ', pq), ('SQ', sq), ('RQ', rq)):
            results[name + suffix] = 100 * sum(values) / len(values)
    return results


@pytest.mark.parametrize('areas', ['annotations', 'pixels'])
def test_the_results_are_those_of_panopticapis_rules(files, areas):
    root, metainfo, samples, _ = files
    results = evaluate(samples, metainfo, areas=areas)
    assert 20 < results['PQ'] < 90
    for name, value in qualities(panopticapi_counts(root, areas)).items():
        assert results[name] == pytest.approx(value), name


def test_the_rules_differ_on_these_files(files):
    """Else they would not tell one rule from the other."""
    _, metainfo, samples, results = files
    assert abs(evaluate(samples, metainfo, areas='pixels')['PQ'] - results['PQ']) > 0.5
    for sample in samples:
        for segment in sample['segments_info']:
            assert segment['is_crowd'] in (True, False)
    bare = [
        s | {'segments_info': [i | {'is_crowd': False} for i in s['segments_info']]}
        for s in samples
    ]
    assert abs(evaluate(bare, metainfo)['PQ_st'] - results['PQ_st']) > 0.5


def test_the_results_are_hotcocos_from_the_same_files(files):
    panoptic = pytest.importorskip('hotcoco.panoptic')
    root, _, _, results = files
    theirs = panoptic.PanopticEval(
        root / 'true.json',
        root / 'panoptic.json',
        gt_folder=root / 'true',
        pred_folder=root / 'panoptic',
    )
    theirs.evaluate()
    found = theirs.results()
    for suffix, group in (('', 'All'), ('_th', 'Things'), ('_st', 'Stuff')):
        for key in ('PQ', 'SQ', 'RQ'):
            assert results[key + suffix] == pytest.approx(100 * found[group][key.lower()])


def test_categories_of_the_predictions_are_those_of_the_annotations(files):
    root, _, _, _ = files
    written = json.loads((root / 'panoptic.json').read_text())
    names = {category['id']: category['name'] for category in written['categories']}
    assert {c['id']: c['name'] for c in CATEGORIES}.items() <= names.items()
    assert len(names) == len(written['categories']) == 133
    found = {s['category_id'] for a in written['annotations'] for s in a['segments_info']}
    assert found <= set(IS_THING)
