"""Semantic segmentation, counted as hotcoco, torchmetrics and a slow loop count it."""

import numpy as np
import pytest
import torch
from hotcoco.semantic import SemanticEval
from PIL import Image
from scipy.io import savemat
from torchmetrics.classification import MulticlassJaccardIndex

from seg.evaluation import SemanticIoUMetric
from seg.evaluation.semantic_iou import class_pixels, count_pixels, summarise_pixels
from seg.panoptic.label_image import read_labels

CLASSES = 6
ALL = {'': np.ones(CLASSES, bool)}


def random_maps(seed, images=5, classes=CLASSES):
    rng = np.random.default_rng(seed)
    true = [rng.integers(-1, classes, (13, 17 + index)) for index in range(images)]
    pred = [np.where(rng.random(t.shape) < 0.6, t.clip(0), (t + 1) % classes) for t in true]
    return true, pred


def summary_of(true, pred, classes=CLASSES):
    counts = [count_pixels(p, t, classes) for t, p in zip(true, pred, strict=True)]
    return summarise_pixels(class_pixels(counts, classes), {'': np.ones(classes, bool)})


@pytest.mark.parametrize('seed', range(3))
def test_means_are_those_of_hotcoco_and_torchmetrics(seed):
    true, pred = random_maps(seed)
    found = summary_of(true, pred)
    reference = SemanticEval(CLASSES, ignore_index=255)
    jaccard = MulticlassJaccardIndex(CLASSES, ignore_index=255)
    for t, p in zip(true, pred, strict=True):
        void = np.where(t < 0, 255, t)
        reference.update(void, p)
        jaccard.update(torch.from_numpy(p), torch.from_numpy(void))
    expected = reference.report()['metrics']
    for own, other in (('mIoU', 'mIoU'), ('fwIoU', 'fwIoU'), ('mAcc', 'mAcc'), ('pAcc', 'aAcc')):
        assert found[own] == pytest.approx(100 * expected[other])
    assert found['mIoU'] == pytest.approx(100 * jaccard.compute().item())


def test_classes_that_are_never_true_have_no_mean():
    """As detectron2 has it: they only lower the IoU of what they were taken for."""
    true, pred = random_maps(3, classes=4)
    pred[0][:2] = 5  # class 5 is predicted, 4 and 5 are never true
    ious = []
    for label in range(4):
        both = either = 0
        for t, p in zip(true, pred, strict=True):
            known = t >= 0
            both += ((t == label) & (p == label) & known).sum()
            either += (((t == label) | (p == label)) & known).sum()
        ious.append(100 * both / either)
    assert summary_of(true, pred)['mIoU'] == pytest.approx(np.mean(ious))


def test_nothing_true_is_no_number():
    found = summary_of([np.full((3, 3), -1)], [np.zeros((3, 3), int)])
    assert all(np.isnan(value) for value in found.values())


LABEL_MAP = {0: 2, 7: 0, 300: 1, 12: 3, 13: 4, 14: 5}


@pytest.fixture(params=['grey8', 'grey16', 'palette', 'mat', 'tif'])
def label_file(request, tmp_path):
    """A label image in each format, and what it means, pixel by pixel."""
    numbers = [0, 7, 12, 13, 14, 99] + ([300] if request.param in ('grey16', 'mat', 'tif') else [])
    values = np.random.default_rng(0).choice(numbers, (9, 11))
    suffix = {'mat': 'mat', 'tif': 'tif'}.get(request.param, 'png')
    path = tmp_path / f'labels.{suffix}'
    if request.param == 'mat':
        savemat(path, {'LabelMap': values.astype(np.uint16)})
    else:
        wide = request.param in ('grey16', 'tif')
        image = Image.fromarray(values.astype(np.uint16 if wide else np.uint8))
        if request.param == 'palette':
            image.putpalette(np.random.default_rng(1).integers(0, 256, 768).astype(np.uint8))
        image.save(path)
    expected = np.array([[LABEL_MAP.get(v, -1) for v in row] for row in values.tolist()])
    return path, expected


def test_label_images_are_read_by_number(label_file):
    path, expected = label_file
    found = read_labels(path, LABEL_MAP)
    assert found.dtype == np.int32 and (found == expected).all()


def test_what_is_no_label_image_is_one_line(tmp_path):
    Image.new('RGB', (4, 4)).save(tmp_path / 'colour.png')
    (tmp_path / 'torn.png').write_bytes(b'\x89PNG\r\n\x1a\n torn')
    (tmp_path / 'torn.mat').write_bytes(b'MATLAB')
    savemat(tmp_path / 'two.mat', {'a': np.ones((3, 3), int), 'b': np.ones((3, 3), int)})
    for name, kind, words in (
        ('colour.png', ValueError, 'has the colours RGB'),
        ('torn.png', ValueError, 'cannot be read'),
        ('torn.mat', ValueError, 'cannot be read'),
        ('two.mat', ValueError, 'has 2 two-dimensional arrays'),
        ('none.png', FileNotFoundError, 'does not exist'),
        ('none.mat', FileNotFoundError, 'does not exist'),
    ):
        with pytest.raises(kind, match=words) as caught:
            read_labels(tmp_path / name, {})
        assert name in str(caught.value)


def sample(path, pred):
    return dict(
        sem_seg_path=str(path), pred_sem_seg=dict(sem_seg=torch.from_numpy(pred)[None].int())
    )


def metric(**meta):
    found = SemanticIoUMetric()
    found.dataset_meta = dict(
        classes=tuple(f'class {i}' for i in range(CLASSES)), label_map=LABEL_MAP, **meta
    )
    return found


def test_label_images_are_evaluated_by_seen_and_unseen(label_file):
    path, true = label_file
    pred = np.where(np.random.default_rng(2).random(true.shape) < 0.7, true.clip(0), 1)
    own = metric(unseen_classes=('class 2', 'class 3'))
    own.process({}, [sample(path, pred)])
    found = own.evaluate(1)
    assert found['mIoU'] == pytest.approx(summary_of([true], [pred])['mIoU'])
    ious = [
        100 * ((pred == c) & (true == c)).sum() / (((pred == c) | (true == c)) & (true >= 0)).sum()
        for c in (2, 3)
    ]
    assert found['mIoU_unseen'] == pytest.approx(np.mean(ious))
    assert set(found) == {'mIoU', 'mIoU_seen', 'mIoU_unseen', 'fwIoU', 'mAcc', 'pAcc'}


def test_a_missing_or_unfitting_prediction_is_one_line(label_file):
    path, true = label_file
    with pytest.raises(ValueError, match='set semantic_on=True'):
        metric().process({}, [dict(sem_seg_path=str(path))])
    with pytest.raises(ValueError, match=r'labels.*: the prediction is \(2, 2\), the truth'):
        metric().process({}, [sample(path, np.zeros((2, 2), int))])
    with pytest.raises(ValueError, match='predicted class 6, there are 6 classes'):
        metric().process({}, [sample(path, np.full(true.shape, 6))])
    own = metric()
    del own.dataset_meta['label_map']
    with pytest.raises(ValueError, match='no label_map'):
        own.process({}, [sample(path, true)])
