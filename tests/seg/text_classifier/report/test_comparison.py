import pytest
import torch

from seg.text_classifier.report.comparison import common_classes, word_cosine


def test_classes_are_matched_by_their_first_candidate():
    here = [['cat', 'kitten'], ['dog'], ['sofa', 'couch']]
    there = [['sofa', 'settee'], ['cat', 'kitten']]
    assert common_classes(here, there) == [((0, 1), [], []), ((2, 0), ['couch'], ['settee'])]


def test_classes_of_the_same_name_are_matched_in_order():
    here = [['glass', 'pane'], ['glass', 'goblet'], ['glass']]
    there = [['glass', 'pane'], ['glass', 'cup']]
    found = common_classes(here, there)
    assert [pair.indices for pair in found] == [(0, 0), (1, 1)]


def test_the_cosine_is_that_of_the_word_which_changed_most():
    here = torch.eye(3)[[0, 1, 0]]
    there = torch.stack([torch.tensor([0.6, 0.8, 0]), torch.eye(3)[0]])
    found = word_cosine((here, ['cat', 'kitten']), (there, ['kitten', 'cat']))
    assert found == (pytest.approx(0.8), 'kitten')
