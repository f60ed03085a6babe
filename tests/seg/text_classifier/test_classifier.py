import itertools

import torch
import torch.nn.functional as F

from seg.text_classifier.classifier import (
    assemble_classifier,
    confusable_pairs,
    distinct_candidates,
)

CANDIDATES = [['bed', 'beds'], ['screen'], ['blind', 'screen', 'shade']]


def test_a_candidate_of_two_classes_is_encoded_once():
    assert distinct_candidates(CANDIDATES) == ['bed', 'beds', 'screen', 'blind', 'shade']


def test_padding_repeats_the_first_candidate():
    features = torch.arange(5.0)[:, None]
    classifier = assemble_classifier(features, CANDIDATES)
    assert classifier[..., 0].tolist() == [[0, 1, 0], [2, 2, 2], [3, 2, 4]]


def test_confusable_pairs_are_those_of_a_slow_search():
    torch.manual_seed(0)
    classifier = F.normalize(torch.randn(9, 4, 5), dim=-1)
    slow = sorted(
        (
            -max((u @ v).item() for u in classifier[a] for v in classifier[b]),
            a,
            b,
        )
        for a, b in itertools.combinations(range(9), 2)
    )
    found = confusable_pairs(classifier, count=6)
    assert [pair[:2] for pair in found] == [(a, b) for _, a, b in slow[:6]]
    torch.testing.assert_close([p[2] for p in found], [-s[0] for s in slow[:6]])


def test_one_class_has_no_confusable_pair():
    assert confusable_pairs(torch.ones(1, 2, 1)) == []
