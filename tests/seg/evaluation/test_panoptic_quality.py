import numpy as np
import pytest
import torch
from mmdet.evaluation import functional
from torchmetrics.detection import PanopticQuality

from seg.evaluation.panoptic_quality import (
    class_groups,
    count_image,
    iou_per_class,
    quality_per_class,
    summarise,
)
from seg.panoptic.panoptic_map import (
    INSTANCE_OFFSET,
    from_mmdet,
    from_segment_ids,
    instance_offset,
)

THINGS, CLASSES = 3, 5
VOID = CLASSES
A, B = 1000, 2000  # predicted instances of class 0


def count(pred, true, segments):
    return count_image(from_mmdet(pred, CLASSES), truth(true, segments), CLASSES)


def truth(true, segments):
    crowd = [s['id'] for s in segments if s['category'] < THINGS and not s['is_thing']]
    return from_segment_ids(true, {s['id']: s['category'] for s in segments}, crowd)


def thing(segment, label=0):
    return {'id': segment, 'category': label, 'is_thing': True}


def crowd(segment, label=0):
    return {'id': segment, 'category': label, 'is_thing': False}


def row(*runs):
    """One line of pixels from (id, length) pairs."""
    return np.repeat([run[0] for run in runs], [run[1] for run in runs])[None]


def slow_counts(pred, true, segments):
    """Columns iou, tp, fp, fn, intersection, union of each class, one mask and pixel at a time."""
    counts = np.zeros((CLASSES, 6))
    void = true == 0
    predicted = {i: i % 1000 for i in np.unique(pred).tolist() if i % 1000 != CLASSES}
    is_crowd = {s['id']: s['category'] < THINGS and not s['is_thing'] for s in segments}
    matched = set()
    for segment in segments:
        label, mask = segment['category'], true == segment['id']
        if is_crowd[segment['id']]:
            continue
        for i, pred_label in predicted.items():
            iou = ((pred == i) & mask).sum() / (((pred == i) & ~void) | mask).sum()
            if pred_label == label and iou > 0.5:
                counts[label, 0] += iou
                counts[label, 1] += 1
                matched.add(i)
                break
        else:
            counts[label, 3] += 1
    for i, label in predicted.items():
        excusing = void.copy()
        crowds = [s['id'] for s in segments if is_crowd[s['id']] and s['category'] == label]
        if crowds:
            excusing |= true == crowds[-1]
        if i not in matched and ((pred == i) & excusing).sum() / (pred == i).sum() <= 0.5:
            counts[label, 2] += 1
    classes = {segment['id']: segment['category'] for segment in segments}
    for pred_id, true_id in zip(pred.flat, true.flat, strict=True):
        if true_id == 0:
            continue
        labels = {classes[true_id], predicted.get(pred_id)}
        for label in labels - {None}:
            counts[label, 5] += 1
            counts[label, 4] += len(labels) == 1
    return counts


@pytest.mark.parametrize('seed', range(60))
def test_counts_are_those_of_the_definition_on_random_maps_with_void_and_crowd(random_image, seed):
    image = random_image(np.random.default_rng(seed))
    np.testing.assert_allclose(count(*image), slow_counts(*image), rtol=1e-12)


def test_the_random_maps_exercise_every_rule(random_image):
    images = [random_image(np.random.default_rng(seed)) for seed in range(240)]
    counts = sum(slow_counts(*image) for image in images)
    assert (counts.sum(axis=0) > 20).all()
    without_crowd = sum(
        slow_counts(p, t, [s | {'is_thing': True} for s in segments]) for p, t, segments in images
    )
    assert (without_crowd[:THINGS, 2] > counts[:THINGS, 2]).all()  # crowds excuse some
    assert any((t == 0).any() and (p % 1000 == CLASSES).any() for p, t, _ in images)


@pytest.mark.parametrize('true_void', [False, True])
def test_agrees_with_torchmetrics_where_nothing_is_crowd_and_no_void_is_predicted(
    random_image, true_void
):
    rng = np.random.default_rng(7)
    metric = PanopticQuality(
        things=set(range(THINGS)),
        stuffs=set(range(THINGS, CLASSES)),
        return_sq_and_rq=True,
        return_per_class=True,
    )
    total = np.zeros((CLASSES, 6))
    for _ in range(30):
        pred, true, segments = random_image(rng, void=true_void, crowd=False)
        pred[pred == VOID] = CLASSES - 1
        segments = merge_stuff(true, segments)
        total += count(pred, true, segments)
        classes = {0: CLASSES} | {s['id']: s['category'] for s in segments}
        true_class = np.vectorize(classes.get)(true)
        metric.update(
            torch.from_numpy(np.stack([pred % 1000, pred // 1000], -1))[None],
            torch.from_numpy(np.stack([true_class, true], -1))[None],
        )
    states = (metric.true_positives, metric.false_positives, metric.false_negatives)
    np.testing.assert_array_equal(total[:, 1:4], np.stack(states, axis=1))
    quality = quality_per_class(total)
    # Its IoUs are float32.
    np.testing.assert_allclose(quality, metric.compute().reshape(CLASSES, 3), rtol=1e-6)
    assert ((quality[:, 0] > 0.1) & (quality[:, 0] < 0.9)).all()


def merge_stuff(true, segments):
    """torchmetrics takes all stuff of a class for one segment; so do COCO's files."""
    first = {}
    for segment in segments:
        label = segment['category']
        if label >= THINGS:
            true[true == segment['id']] = first.setdefault(label, segment['id'])
    return [s for s in segments if first.get(s['category'], s['id']) == s['id']]


def test_a_perfect_prediction_has_quality_one():
    counts = count(row((A, 5), (3, 5), (B, 2)), row((9, 5), (8, 5), (7, 2)),
                   [thing(9), thing(8, 3), thing(7)])  # fmt: skip
    assert counts[0].tolist() == [2, 2, 0, 0, 7, 7]
    assert counts[3].tolist() == [1, 1, 0, 0, 5, 5]
    assert quality_per_class(counts)[[0, 3]].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_an_iou_of_exactly_one_half_is_no_match():
    counts = count(row((A, 4), (VOID, 4)), row((9, 8)), [thing(9)])
    assert counts[0, :4].tolist() == [0, 0, 1, 1]
    counts = count(row((A, 5), (VOID, 3)), row((9, 8)), [thing(9)])
    assert counts[0, :4].tolist() == [5 / 8, 1, 0, 0]


def test_void_is_left_out_of_the_union():
    counts = count(row((A, 10)), row((9, 4), (0, 6)), [thing(9)])
    assert counts[0, :4].tolist() == [1, 1, 0, 0]


def test_predicted_segments_mostly_on_void_are_no_false_positives():
    assert count(row((A, 10)), row((0, 6), (9, 4)), [thing(9, 1)])[0, 2] == 0
    assert count(row((A, 10)), row((0, 5), (9, 5)), [thing(9, 1)])[0, 2] == 1


def test_predicted_segments_mostly_on_crowds_of_their_class_are_no_false_positives():
    true = row((0, 3), (9, 3), (8, 4))
    assert count(row((A, 10)), true, [crowd(9, 0), thing(8, 1)])[0, 2] == 0
    assert count(row((A, 10)), true, [crowd(9, 1), thing(8, 1)])[0, 2] == 1


def test_of_several_crowds_of_a_class_the_last_one_listed_excuses():
    true, other = row((9, 6), (8, 1), (7, 3)), thing(7, 1)
    assert count(row((A, 10)), true, [crowd(8), crowd(9), other])[0, 2] == 0
    assert count(row((A, 10)), true, [crowd(9), crowd(8), other])[0, 2] == 1


def test_a_crowd_is_neither_matched_nor_missed():
    assert count(row((A, 10)), row((9, 10)), [crowd(9)])[0, :4].tolist() == [0, 0, 0, 0]
    assert count(row((VOID, 10)), row((9, 10)), [crowd(9)])[0, :4].tolist() == [0, 0, 0, 0]


def test_predicted_void_excuses_nothing():
    """Unlike torchmetrics, which drops true segments that lie mostly on predicted void."""
    counts = count(row((VOID, 9), (A, 1)), row((9, 10)), [thing(9)])
    assert counts[0].tolist() == [0, 0, 1, 1, 1, 10]


def test_a_listed_segment_without_pixels_is_missed():
    assert count(row((A, 4)), row((9, 4)), [thing(9), thing(8)])[0, :4].tolist() == [1, 1, 0, 1]


def test_nothing_predicted_and_nothing_true_count_nothing():
    assert not count(row((VOID, 4)), row((0, 4)), []).any()


def test_the_pixels_of_things_are_merged_for_the_iou_of_classes():
    counts = count(row((A, 4), (3, 6)), row((9, 2), (8, 2), (7, 4), (0, 2)),
                   [thing(9), thing(8), thing(7, 3)])  # fmt: skip
    assert iou_per_class(counts)[[0, 3]].tolist() == [1, 1]
    assert np.isnan(iou_per_class(counts)[[1, 2, 4]]).all()


def test_means_are_over_the_classes_that_occur():
    counts = np.zeros((5, 6))
    counts[0] = [1.6, 2, 0, 0, 8, 10]
    counts[1] = [0, 0, 1, 0, 0, 10]
    counts[3] = [0.9, 1, 1, 1, 9, 10]
    summary = summarise(counts, class_groups(5, 3, unseen=[1]))
    assert summary == pytest.approx(
        {
            'PQ': (80 + 0 + 45) / 3,
            'SQ': (80 + 0 + 90) / 3,
            'RQ': (100 + 0 + 50) / 3,
            'PQ_th': 40,
            'SQ_th': 40,
            'RQ_th': 50,
            'PQ_st': 45,
            'SQ_st': 90,
            'RQ_st': 50,
            'PQ_seen': 62.5,
            'SQ_seen': 85,
            'RQ_seen': 75,
            'PQ_unseen': 0,
            'SQ_unseen': 0,
            'RQ_unseen': 0,
            'mIoU_map': (80 + 0 + 90) / 3,
        }
    )


def test_a_group_without_classes_has_no_quality():
    counts = np.zeros((2, 6))
    counts[0] = 1
    assert np.isnan(summarise(counts, class_groups(2, 2))['PQ_st'])


def test_maps_of_different_size_are_refused():
    with pytest.raises(ValueError, match=r'1 x 4 and 1 x 5'):
        count(row((A, 4)), row((9, 5)), [thing(9)])


def test_segments_of_the_map_must_be_listed():
    with pytest.raises(ValueError, match=r'1 segments .* its 1 listed segments: id 8$'):
        truth(row((9, 4), (8, 1)), [thing(9)])


def test_id_0_is_void_and_no_segment():
    with pytest.raises(ValueError, match='0 is void'):
        truth(row((9, 4)), [thing(9), thing(0)])


def test_class_0_may_be_stuff():
    assert from_mmdet(row((0, 4), (2, 1)), 2).classes.tolist() == [0]


def test_predicted_classes_must_exist():
    with pytest.raises(ValueError, match='class 7, there are 5'):
        from_mmdet(row((7, 4)), CLASSES)


def test_above_999_classes_instances_are_further_apart():
    assert [instance_offset(count) for count in (1, 999, 1000, 5000, 10_000)] == [
        1000,
        1000,
        10_000,
        10_000,
        100_000,
    ]
    found = from_mmdet(row((7, 4), (1202 + 10_000, 2), (1202 + 20_000, 1), (1203, 3)), 1203)
    assert found.classes.tolist() == [7, 1202, 1202]
    assert found.areas.tolist() == [4, 2, 1]


def test_the_encoding_is_that_of_the_installed_mmdet():
    assert INSTANCE_OFFSET == functional.INSTANCE_OFFSET
