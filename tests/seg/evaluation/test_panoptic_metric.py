import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from PIL import Image

from seg.datasets import CocoPanopticOVDataset
from seg.evaluation import PanopticQualityMetric
from seg.evaluation.panoptic_quality import class_groups, count_image, summarise
from seg.panoptic.panoptic_map import from_mmdet, from_segment_ids
from seg.panoptic.png import read_panoptic_png, write_panoptic_png
from seg.registry import METRICS

SCRIPT = Path(__file__).with_name('evaluate_ranks.py')
ROOT = Path(__file__).parents[3]
META = {
    'classes': ('cat,kitten', 'dog', 'bed,beds', 'sky', 'wall'),
    'thing_classes': ('cat,kitten', 'dog', 'bed,beds'),
    'stuff_classes': ('sky', 'wall'),
    'category_ids': [0, 1, 2, 3, 4],
}


def load_script():
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


evaluate = load_script().evaluate


@pytest.fixture
def samples(tmp_path, random_image):
    """Seven images on disk: what a dataset gives, and the path of a prediction."""
    rng = np.random.default_rng(3)
    samples = []
    for index in range(7):
        pred, true, segments = random_image(rng)
        np.save(tmp_path / f'{index}.npy', pred)
        write_panoptic_png(tmp_path / f'{index}.png', true)
        samples.append(
            {
                'img_id': 100 + index,
                'seg_map_path': str(tmp_path / f'{index}.png'),
                'segments_info': segments,
                'prediction': str(tmp_path / f'{index}.npy'),
            }
        )
    return samples


def expected(samples):
    """The results without the metric: maps counted one by one."""
    counts = np.zeros((5, 6))
    for sample in samples:
        pred = from_mmdet(np.load(sample['prediction']), 5)
        counts += count_image(pred, truth(sample), 5)
    return summarise(counts, class_groups(5, 3))


def truth(sample):
    segments = sample['segments_info']
    return from_segment_ids(
        read_panoptic_png(sample['seg_map_path']),
        {s['id']: s['category'] for s in segments},
        [s['id'] for s in segments if s['category'] < 3 and not s['is_thing']],
    )


def test_results_are_the_summary_of_all_images(samples):
    results = evaluate(samples, META, batch_size=2)
    assert results == expected(samples)
    assert 30 < results['PQ'] < 90
    assert set(results) == {
        f'{key}{suffix}' for key in ('PQ', 'SQ', 'RQ') for suffix in ('', '_th', '_st')
    } | {'mIoU_map'}


def test_miou_is_that_of_semantic_inference_where_there_is_one(samples):
    rng = np.random.default_rng(0)
    both, either = np.zeros(5), np.zeros(5)
    for sample in samples:
        panoptic = truth(sample)
        true = np.append(-1, panoptic.classes)[panoptic.indices]
        labels = np.where(rng.random(true.shape) < 0.7, true.clip(0), 2)
        sample['labels'] = labels
        for label in range(5):
            both[label] += ((true == label) & (labels == label)).sum()
            either[label] += (((true == label) | (labels == label)) & (true >= 0)).sum()
    metric = METRICS.build({'type': 'PanopticQualityMetric'})
    metric.dataset_meta = META
    for sample in samples:
        predicted = torch.from_numpy(np.load(sample['prediction']))[None]
        labels = torch.from_numpy(sample['labels'])[None]
        outputs = dict(pred_panoptic_seg=dict(sem_seg=predicted), pred_sem_seg=dict(sem_seg=labels))
        metric.process({}, [sample | outputs])
    results = metric.evaluate(len(samples))
    assert results['mIoU'] == pytest.approx(100 * np.mean(both / either))
    assert {key: results[key] for key in expected(samples)} == expected(samples)


def test_serves_mmengines_evaluator_with_mmdets_samples(samples):
    evaluator = Evaluator(METRICS.build({'type': 'PanopticQualityMetric', 'prefix': 'shapes'}))
    evaluator.dataset_meta = META
    for sample in samples:
        seg_map = torch.from_numpy(np.load(sample['prediction']))[None]
        predicted = DetDataSample(metainfo=sample, pred_panoptic_seg=PixelData(sem_seg=seg_map))
        evaluator.process([predicted])
    results = evaluator.evaluate(len(samples))
    assert results == {f'shapes/{key}': value for key, value in expected(samples).items()}


def test_a_second_evaluation_starts_from_nothing(samples):
    metric = PanopticQualityMetric()
    metric.dataset_meta = META
    sample = load_script().with_prediction(samples[0])
    metric.process({}, [sample])
    first = metric.evaluate(1)
    metric.process({}, [sample])
    assert str(metric.evaluate(1)) == str(first)


@pytest.mark.slow
def test_two_processes_give_the_result_of_one_to_the_last_bit(samples, tmp_path):
    """With an odd number of images, the sampler repeats one to give both ranks as many."""
    cases = [
        {'images': 7, 'batch_size': 1, 'options': {'write_dir': str(tmp_path / 'two')}},
        {'images': 7, 'batch_size': 3, 'options': {'collect_device': 'cpu'}},
        {'images': 6, 'batch_size': 2, 'options': {}},
        {'images': 1, 'batch_size': 1, 'options': {}},
    ]
    (tmp_path / 'samples.json').write_text(json.dumps({'samples': samples, 'meta': META}))
    (tmp_path / 'cases.json').write_text(json.dumps(cases))
    finished = subprocess.run(
        [
            *(sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node=2'),
            *(SCRIPT, tmp_path / 'samples.json', tmp_path / 'cases.json'),
        ],
        cwd=tmp_path,
        env=os.environ | {'PYTHONPATH': str(ROOT), 'CUDA_VISIBLE_DEVICES': ''},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    (line,) = (x for x in finished.stdout.splitlines() if x.startswith('RESULTS'))
    alone = [evaluate(samples[: case['images']], META) for case in cases]
    assert line == f'RESULTS {json.dumps(alone)}'

    evaluate(samples, META, write_dir=tmp_path / 'one')
    files = sorted(path.relative_to(tmp_path / 'one') for path in (tmp_path / 'one').rglob('*.*'))
    assert len(files) == 8
    for file in files:
        assert (tmp_path / 'one' / file).read_bytes() == (tmp_path / 'two' / file).read_bytes()


@pytest.mark.parametrize(('limit', 'name'), [(20, '0.png'), (400, 'panoptic.json')])
def test_a_disk_that_is_full_leaves_no_part_of_a_prediction_and_names_it(
    samples, tmp_path, limit, name
):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        with pytest.raises(OSError, match=f'cannot write .*/{name}: File too large'):
            evaluate(samples[:6], META, write_dir=tmp_path / 'out')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    left = [path for path in (tmp_path / 'out').rglob('*') if path.is_file()]
    assert all(read_panoptic_png(path).size for path in left)
    assert not [path for path in left if path.name == name]


def test_unseen_classes_of_the_metainfo_are_a_group_of_their_own(samples):
    results = evaluate(samples, META | {'unseen_classes': ('dog', 'wall')})
    per_class = [evaluate(samples, META | {'unseen_classes': (name,)}) for name in META['classes']]
    pq = [result['PQ_unseen'] for result in per_class]
    assert results['PQ_unseen'] == pytest.approx((pq[1] + pq[4]) / 2)
    assert results['PQ_seen'] == pytest.approx((pq[0] + pq[2] + pq[3]) / 3)
    assert results['PQ'] == expected(samples)['PQ']


def test_classwise_logs_every_class_by_its_first_candidate(samples, monkeypatch):
    logged = []
    monkeypatch.setattr(
        'seg.evaluation.panoptic_metric.print_log', lambda text, **_: logged.append(text)
    )
    results = evaluate(samples, META | {'unseen_classes': ('dog',)}, classwise=True)
    groups, classes = logged
    assert f'{results["PQ_th"]:.2f}' in groups
    assert [line.split()[1] for line in classes.splitlines()[2:] if line[0] == '|'] == [
        'class',
        'cat',
        'dog',
        'bed',
        'sky',
        'wall',
    ]
    assert [line.split()[1] for line in classes.splitlines() if 'unseen' in line] == ['dog']


def test_written_predictions_read_back_to_the_same_numbers(samples, tmp_path):
    ids = [13, 7, 40, 2, 91]
    results = evaluate(samples, META, write_dir=tmp_path / 'out', category_ids=ids)
    written = json.loads((tmp_path / 'out/panoptic.json').read_text())
    assert [(c['id'], c['name'], c['isthing']) for c in written['categories']] == list(
        zip(ids, META['classes'], [1, 1, 1, 0, 0], strict=True)
    )
    counts = np.zeros((5, 6))
    for sample, annotation in zip(samples, written['annotations'], strict=True):
        assert annotation['image_id'] == sample['img_id']
        seg_map = read_panoptic_png(tmp_path / 'out/panoptic' / annotation['file_name'])
        segments = annotation['segments_info']
        assert [s['area'] for s in segments] == [(seg_map == s['id']).sum() for s in segments]
        pred = from_segment_ids(seg_map, {s['id']: ids.index(s['category_id']) for s in segments})
        counts += count_image(pred, truth(sample), 5)
    assert summarise(counts, class_groups(5, 3)) == results


def test_category_ids_come_from_the_metainfo(samples, tmp_path):
    def category_ids(meta):
        evaluate(samples[:2], meta, write_dir=tmp_path)
        written = json.loads((tmp_path / 'panoptic.json').read_text())
        return [category['id'] for category in written['categories']]

    assert category_ids(META | {'category_ids': [5, 4, 3, 2, 1]}) == [5, 4, 3, 2, 1]
    with pytest.raises(ValueError, match=r'2 category_ids, 2 of them different, .* for 5 classes'):
        category_ids(META | {'category_ids': [5, 4]})
    with pytest.raises(ValueError, match=r'metainfo has no category_ids, .* give the metric'):
        category_ids({key: META[key] for key in META if key != 'category_ids'})


def test_areas_are_those_of_the_annotations_or_of_the_pixels():
    with pytest.raises(ValueError, match="areas is 'annotations' or 'pixels', got 'json'"):
        PanopticQualityMetric(areas='json')


def test_written_pngs_keep_the_folders_of_the_true_ones(samples, tmp_path):
    root, moved = tmp_path / 'truth', []
    for number, sample in enumerate(samples[:2]):
        file = root / f'city_{number}/0.png'
        file.parent.mkdir(parents=True)
        shutil.copy(sample['seg_map_path'], file)
        moved.append({**sample, 'seg_map_path': str(file)})
    evaluate(moved, META | {'seg_root': str(root)}, write_dir=tmp_path / 'out')
    written = json.loads((tmp_path / 'out/panoptic.json').read_text())['annotations']
    assert [annotation['file_name'] for annotation in written] == ['city_0/0.png', 'city_1/0.png']
    assert all((tmp_path / 'out/panoptic' / a['file_name']).is_file() for a in written)


def test_images_whose_pngs_would_overwrite_each_other_are_refused(samples, tmp_path):
    with pytest.raises(ValueError, match=r'1 PNG names belong to several images.*: 0\.png'):
        evaluate([samples[0], samples[0]], META, write_dir=tmp_path)


def test_crowds_are_found_in_what_the_dataset_gives(tmp_path):
    """mmdet drops ``iscrowd`` and gives things that are crowds an ``is_thing`` that is false."""
    write_panoptic_png(tmp_path / 'a.png', np.repeat([[11, 12, 13]], [4, 4, 8], axis=1))
    segments = [
        {'id': 11, 'category_id': 1, 'iscrowd': 1, 'bbox': [0, 0, 4, 1], 'area': 4},
        {'id': 12, 'category_id': 1, 'iscrowd': 0, 'bbox': [4, 0, 4, 1], 'area': 4},
        {'id': 13, 'category_id': 2, 'iscrowd': 0, 'bbox': [8, 0, 8, 1], 'area': 8},
    ]
    file = tmp_path / 'panoptic.json'
    file.write_text(
        json.dumps(
            {
                'images': [{'id': 5, 'file_name': 'a.jpg', 'height': 1, 'width': 16}],
                'annotations': [{'image_id': 5, 'file_name': 'a.png', 'segments_info': segments}],
                'categories': [
                    {'id': 1, 'name': 'person', 'isthing': 1},
                    {'id': 2, 'name': 'sky-other-merged', 'isthing': 0},
                ],
            }
        )
    )
    dataset = CocoPanopticOVDataset(
        ann_file=str(file), data_prefix={'img': '', 'seg': str(tmp_path)}, pipeline=[]
    )
    data = dataset.get_data_info(0)
    person, _, sky = (segment['category'] for segment in data['segments_info'])
    pred = np.repeat([[1000 + person, 2000 + person, sky]], [4, 4, 8], axis=1)
    np.save(tmp_path / 'a.npy', pred)
    sample = data | {'prediction': tmp_path / 'a.npy'}
    results = evaluate([sample], dataset.metainfo)
    assert (results['PQ_th'], results['PQ_st']) == (100, 100)
    pred[0, :4] = sky  # only the crowd is missed
    np.save(tmp_path / 'a.npy', pred)
    results = evaluate([sample], dataset.metainfo)
    assert results['PQ_th'] == 100
    assert results['PQ_st'] == pytest.approx(100 * 8 / 12)


def test_predictions_are_written_where_nothing_is_annotated(samples, tmp_path):
    bare = [
        sample | {'seg_map_path': None, 'segments_info': [], 'img_path': f'images/{index}.jpg'}
        for index, sample in enumerate(samples)
    ]
    assert evaluate(bare, META, write_dir=tmp_path / 'bare', classwise=True) == {}
    evaluate(samples, META, write_dir=tmp_path / 'annotated')
    for file in ('panoptic.json', 'panoptic/0.png', 'panoptic/6.png'):
        written = [(tmp_path / name / file).read_bytes() for name in ('bare', 'annotated')]
        assert written[0] == written[1]


def test_segments_of_no_class_are_void(samples):
    for sample in samples:
        stuff = [s for s in sample['segments_info'] if s['category'] == 4]
        others = [s for s in sample['segments_info'] if s['category'] != 4]
        ids = read_panoptic_png(sample['seg_map_path'])
        sample['segments_info'] = others + [s | {'category': -1} for s in stuff]
        void = np.where(np.isin(ids, [s['id'] for s in stuff]), 0, ids)
        sample['void'] = sample | {
            'segments_info': others,
            'seg_map_path': f'{sample["seg_map_path"]}.png',
        }
        write_panoptic_png(sample['void']['seg_map_path'], void)
    assert evaluate(samples, META) == evaluate([sample['void'] for sample in samples], META)


def test_segments_of_the_png_must_be_in_segments_info(samples):
    sample = samples[0] | {'segments_info': samples[0]['segments_info'][1:]}
    with pytest.raises(ValueError, match=r'0\.png: 1 segments of the map are not among'):
        evaluate([sample], META)


def test_prediction_and_truth_must_have_one_size(samples):
    np.save(samples[0]['prediction'], np.zeros((12, 24), int))
    with pytest.raises(ValueError, match=r'0\.png: .* 12 x 24 and 32 x 32'):
        evaluate(samples[:1], META)


def test_a_missing_png_is_named(samples):
    Path(samples[0]['seg_map_path']).unlink()
    with pytest.raises(FileNotFoundError, match=r'0\.png does not exist'):
        evaluate(samples[:1], META)


def test_a_png_that_is_no_panoptic_one_is_named(samples):
    Image.fromarray(np.zeros((24, 24), np.uint8)).save(samples[0]['seg_map_path'])
    with pytest.raises(ValueError, match=r'0\.png cannot be read: its mode is L, expected RGB'):
        evaluate(samples[:1], META)


@pytest.mark.parametrize('key', ['seg_map_path', 'segments_info'])
def test_samples_without_truth_say_where_it_is_to_be_added(samples, key):
    with pytest.raises(ValueError, match=f'lack {key}: add them to the meta_keys of PackDetInputs'):
        evaluate([samples[0] | {key: None}], META)


def test_samples_without_a_panoptic_prediction_name_the_setting():
    metric = PanopticQualityMetric()
    metric.dataset_meta = META
    with pytest.raises(ValueError, match='panoptic_on=True'):
        metric.process({}, [{'img_id': 1}])


def test_classes_must_begin_with_things(samples):
    with pytest.raises(ValueError, match='must begin with its thing_classes'):
        evaluate(samples, META | {'thing_classes': ('sky',)})


def test_unseen_classes_must_be_classes(samples):
    with pytest.raises(ValueError, match="1 unseen_classes are not among the 5 classes: 'horse'"):
        evaluate(samples, META | {'unseen_classes': ('dog', 'horse')})


def test_metainfo_must_name_the_classes():
    metric = PanopticQualityMetric()
    with pytest.raises(ValueError, match='lacks classes and thing_classes'):
        metric.dataset_meta = {}
    with pytest.raises(ValueError, match='has no dataset_meta'):
        metric.process({}, [{}])
