"""Average precision of masks as pycocotools and LVIS's federated rules have it."""

import contextlib
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pycocotools.mask import encode

from seg.evaluation import InstanceAPMetric, LVISMetric
from seg.panoptic import png

THINGS = 3
META = dict(
    classes=tuple(f'class {i}' for i in range(5)),
    thing_classes=tuple(f'class {i}' for i in range(3)),
)


def run_lengths(mask):
    coded = encode(np.asfortranarray(mask, np.uint8))
    return dict(size=list(coded['size']), counts=coded['counts'].decode())


def detections(rng, true, segments):
    """Masks near the true ones, with some of other classes and some of nothing."""
    labels, scores, masks = [], [], []
    for segment in segments:
        for _ in range(rng.integers(1, 3)):
            masks.append(np.roll(true == segment['id'], rng.integers(-2, 3, 2), (0, 1)))
            labels.append(
                segment['category'] if rng.random() < 0.8 else int(rng.integers(0, THINGS))
            )
            scores.append(rng.random())
    kept = [i for i, label in enumerate(labels) if label < THINGS]
    return dict(
        labels=torch.tensor([labels[i] for i in kept], dtype=torch.long),
        scores=torch.tensor([scores[i] for i in kept]),
        masks=torch.from_numpy(np.stack([masks[i] for i in kept])),
    )


@pytest.fixture
def samples(tmp_path, random_image):
    rng = np.random.default_rng(0)
    found = []
    for index in range(12):
        _, true, segments = random_image(rng, size=48)
        path = tmp_path / f'{index}.png'
        Image.fromarray(png.encode(true)).save(path)
        if not any(s['category'] < THINGS for s in segments):
            continue
        found.append(
            dict(
                img_id=100 + index,
                ori_shape=true.shape,
                seg_map_path=str(path),
                segments_info=segments,
                pred_instances=detections(rng, true, segments),
                true=true,
            )
        )
    return found


def by_pycocotools(samples, things=range(THINGS)):
    truth = dict(images=[], annotations=[], categories=[dict(id=c, name=str(c)) for c in range(3)])
    found = []
    for sample in samples:
        height, width = sample['true'].shape
        truth['images'].append(dict(id=sample['img_id'], height=height, width=width))
        for segment in sample['segments_info']:
            if segment['category'] < THINGS:
                mask = sample['true'] == segment['id']
                truth['annotations'].append(
                    dict(
                        id=len(truth['annotations']) + 1,
                        image_id=sample['img_id'],
                        category_id=segment['category'],
                        segmentation=run_lengths(mask),
                        area=int(mask.sum()),
                        iscrowd=int(not segment['is_thing']),
                    )
                )
        own = sample['pred_instances']
        for label, score, mask in zip(own['labels'], own['scores'], own['masks'], strict=True):
            found.append(
                dict(
                    image_id=sample['img_id'],
                    category_id=int(label),
                    score=float(score),
                    segmentation=run_lengths(mask.numpy()),
                )
            )
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO()
        known.dataset = truth
        known.createIndex()
        evaluation = COCOeval(known, known.loadRes(found), 'segm')
        evaluation.params.catIds = list(things)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [100 * value if value >= 0 else np.nan for value in evaluation.stats[:6]]


def evaluated(metric, samples, **meta):
    metric.dataset_meta = META | meta
    for sample in samples:
        metric.process({}, [sample])
    return metric.evaluate(len(samples))


def test_average_precision_is_that_of_pycocotools_with_crowds_and_void(samples):
    assert any(not s['is_thing'] for x in samples for s in x['segments_info'] if s['category'] < 3)
    found = evaluated(InstanceAPMetric(), samples)
    assert list(found) == ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl']
    np.testing.assert_allclose(list(found.values()), by_pycocotools(samples), rtol=1e-9)
    assert 5 < found['AP'] < 90


def test_seen_and_unseen_things_are_averaged_apart(samples):
    found = evaluated(InstanceAPMetric(), samples, unseen_classes=('class 1', 'class 4'))
    assert found['AP_unseen'] == pytest.approx(by_pycocotools(samples, [1])[0])
    assert found['AP_seen'] == pytest.approx(by_pycocotools(samples, [0, 2])[0])


def test_without_instances_it_says_what_to_set(samples):
    del samples[0]['pred_instances']
    with pytest.raises(ValueError, match='set instance_on=True'):
        evaluated(InstanceAPMetric(), samples)


@pytest.fixture
def lvis_file(samples, tmp_path):
    """LVIS's format: categories from 1, negative and not exhaustively annotated ones an image."""
    images, annotations = [], []
    for index, sample in enumerate(samples):
        height, width = sample['true'].shape
        present = {s['category'] for s in sample['segments_info'] if s['category'] < THINGS}
        images.append(
            dict(
                id=sample['img_id'],
                height=height,
                width=width,
                coco_url=f'http://images.cocodataset.org/val2017/{index:012}.jpg',
                neg_category_ids=[c + 1 for c in range(THINGS) if c not in present][: index % 2],
                not_exhaustive_category_ids=[min(present) + 1] if index % 3 == 0 else [],
            )
        )
        for segment in sample['segments_info']:
            if segment['category'] in present:
                mask = sample['true'] == segment['id']
                annotations.append(
                    dict(
                        id=len(annotations) + 1,
                        image_id=sample['img_id'],
                        category_id=segment['category'] + 1,
                        segmentation=run_lengths(mask),
                        bbox=[0, 0, 1, 1],
                        area=float(mask.sum()),
                    )
                )
    categories = [
        dict(id=c + 1, name=f'class {c}', frequency='rcf'[c], image_count=1) for c in range(THINGS)
    ]
    path = tmp_path / 'lvis_v1_val.json'
    path.write_text(json.dumps(dict(images=images, annotations=annotations, categories=categories)))
    return path


def federated_precision(samples, content, threshold):
    """AP of each category at one threshold, by LVIS's rules written out."""
    images = {image['id']: image for image in content['images']}
    aps = []
    for category in range(THINGS):
        pairs, positives = [], 0
        for sample in samples:
            image = images[sample['img_id']]
            true = [
                sample['true'] == s['id']
                for s in sample['segments_info']
                if s['category'] == category
            ]
            if not true and category + 1 not in image['neg_category_ids']:
                continue  # nobody looked
            positives += len(true)
            own = sample['pred_instances']
            order = np.argsort(-own['scores'].numpy(), kind='stable')
            taken = set()
            for index in order:
                if int(own['labels'][index]) != category:
                    continue
                mask = own['masks'][index].numpy()
                ious = [(mask & t).sum() / max((mask | t).sum(), 1) for t in true]
                free = [k for k in range(len(true)) if k not in taken and ious[k] >= threshold]
                if free:
                    taken.add(max(free, key=lambda k: ious[k]))
                    pairs.append((float(own['scores'][index]), True))
                elif category + 1 not in image['not_exhaustive_category_ids']:
                    pairs.append((float(own['scores'][index]), False))
        right = np.array([hit for _, hit in sorted(pairs, key=lambda pair: -pair[0])], float)
        recall = right.cumsum() / positives
        precision = right.cumsum() / np.arange(1, len(right) + 1)
        precision = np.maximum.accumulate(precision[::-1])[::-1]
        steps = np.searchsorted(recall, np.linspace(0, 1, 101), side='left')
        aps.append(np.mean([precision[s] if s < len(precision) else 0 for s in steps]))
    return aps


def test_lvis_counts_images_for_the_categories_they_were_looked_through_for(samples, lvis_file):
    found = evaluated(LVISMetric(lvis_file), samples, classes=META['thing_classes'])
    content = json.loads(lvis_file.read_text())
    at_half = federated_precision(samples, content, 0.5)
    assert found['AP50'] == pytest.approx(100 * np.mean(at_half))
    every = np.mean(
        [federated_precision(samples, content, t) for t in np.linspace(0.5, 0.95, 10)], axis=0
    )
    assert found['AP'] == pytest.approx(100 * np.mean(every))
    for key, own in zip(('APr', 'APc', 'APf'), every, strict=True):
        assert found[key] == pytest.approx(100 * own)
    plain = evaluated(InstanceAPMetric(), samples)
    assert plain['AP50'] != pytest.approx(found['AP50'])  # the rules do matter here


def test_a_file_that_is_none_of_lvis_is_one_line(samples, lvis_file, tmp_path):
    content = json.loads(lvis_file.read_text())
    (tmp_path / 'coco.json').write_text(
        json.dumps(content | dict(images=[dict(id=s['img_id']) for s in samples]))
    )
    (tmp_path / 'few.json').write_text(json.dumps(content | dict(images=content['images'][1:])))
    (tmp_path / 'torn.json').write_text('{"images": [')
    for name, kind, words in (
        ('coco.json', ValueError, 'is no annotation file of LVIS: its images lack'),
        ('few.json', ValueError, 'lacks 1 of the images, such as id 100'),
        ('torn.json', ValueError, 'is no annotation file of LVIS'),
        ('none.json', FileNotFoundError, 'does not exist'),
    ):
        with pytest.raises(kind, match=words):
            evaluated(LVISMetric(tmp_path / name), samples, classes=META['thing_classes'])
