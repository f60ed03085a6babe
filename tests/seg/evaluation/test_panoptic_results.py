import json

import numpy as np
import pytest

from seg.evaluation.panoptic_quality import class_groups, summarise
from seg.evaluation.panoptic_results import class_results, write_results

CLASSES = ('cat,kitten', 'dog', 'sky')
#: cat: two matches of IoU 0.8, one miss; dog: does not occur; sky: a wrong prediction.
COUNTS = np.array(
    [[1.6, 2, 0, 1, 80, 120], [0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 30]], dtype=np.float64
)


def test_a_class_has_its_name_kind_qualities_and_counts():
    cat, dog, sky = class_results(CLASSES, COUNTS, num_things=2, unseen=[1])
    assert (cat['name'], cat['is_thing'], cat['is_seen']) == ('cat', True, True)
    assert cat['PQ'] == pytest.approx(100 * 1.6 / 2.5) and cat['SQ'] == pytest.approx(80)
    assert (cat['tp'], cat['fp'], cat['fn']) == (2, 0, 1)
    assert cat['IoU'] == pytest.approx(100 * 80 / 120, abs=1e-3)
    assert dog['PQ'] is None and dog['IoU'] is None and not dog['is_seen']
    assert sky['PQ'] == 0 and not sky['is_thing']


def test_the_file_is_json_whose_mean_over_classes_is_the_summary(tmp_path):
    classes = class_results(CLASSES, COUNTS, num_things=2)
    write_results(tmp_path / 'new' / 'pq.json', summarise(COUNTS, class_groups(3, 2)), classes)
    text = (tmp_path / 'new' / 'pq.json').read_text()
    assert 'NaN' not in text
    read = json.loads(text)
    found = [c['PQ'] for c in read['classes'] if c['PQ'] is not None]
    assert read['summary']['PQ'] == pytest.approx(np.mean(found))


def test_a_group_without_classes_is_null(tmp_path):
    counts = np.zeros((3, 6))
    write_results(tmp_path / 'pq.json', summarise(counts, class_groups(3, 2)), [])
    assert json.loads((tmp_path / 'pq.json').read_text())['summary']['PQ'] is None
