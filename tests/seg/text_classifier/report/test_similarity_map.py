import itertools

import matplotlib.image
import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.report.similarity_map import draw_similarity, write_figure
from seg.text_classifier.similarity import class_similarity


def a_classifier(classes):
    torch.manual_seed(0)
    names = [f'class {number} of a long name' for number in range(classes)]
    return F.normalize(torch.randn(classes, 2, 8), dim=-1), names


def labels_of(figure):
    axes = figure.axes[0]
    return axes.get_yticklabels()


@pytest.mark.parametrize('classes', [1, 14, 42, 150])
def test_labels_of_neighbours_do_not_touch(classes, tmp_path):
    figure = draw_similarity(*a_classifier(classes))
    write_figure(tmp_path / 'map.png', figure)
    labels = labels_of(figure)
    assert len(labels) == classes
    boxes = [label.get_window_extent() for label in labels]
    letters = 0.72 * boxes[0].height  # they fill less than the line
    assert all(abs(one.y0 - other.y0) > letters for one, other in itertools.pairwise(boxes))
    pixels = matplotlib.image.imread(tmp_path / 'map.png')[..., :3]
    assert all(400 < side < 3200 for side in pixels.shape[:2])
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    assert all((edge == 1).all() for edge in edges)  # nothing is cut off


def test_a_large_vocabulary_is_labelled_in_part():
    figure = draw_similarity(*a_classifier(450))
    texts = [label.get_text() for label in labels_of(figure)]
    assert texts[:2] == ['class 0 of a long name', 'class 3 of a long name'] and len(texts) == 150


def test_what_no_picture_can_show_is_refused():
    with pytest.raises(ValueError, match='2001 classes cannot be read; it takes 2000'):
        draw_similarity(*a_classifier(2001))


def test_the_map_holds_the_similarity_in_the_order_of_the_classes():
    classifier, names = a_classifier(6)
    shown = draw_similarity(classifier, names).axes[0].images[0].get_array()
    assert (shown == class_similarity(classifier).numpy()).all()


def test_sorting_brings_similar_classes_together():
    torch.manual_seed(0)
    groups = F.normalize(torch.randn(2, 1, 16), dim=-1)
    near = F.normalize(groups[[0, 1, 0, 1, 0, 1]] + 0.01 * torch.randn(6, 1, 16), dim=-1)
    texts = [x.get_text() for x in labels_of(draw_similarity(near, list('abcdef'), sort=True))]
    assert {frozenset(texts[:3]), frozenset(texts[3:])} == {frozenset('ace'), frozenset('bdf')}
