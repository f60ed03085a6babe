import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier import similarity
from seg.text_classifier.similarity import (
    class_similarity,
    closest_candidates,
    least_own_similarity,
    nearest_classes,
)


@pytest.fixture(params=[2**24, 1], ids=['one chunk', 'a chunk a class'])
def classifier(request, monkeypatch):
    monkeypatch.setattr(similarity, '_CHUNK_COSINES', request.param)
    torch.manual_seed(0)
    return F.normalize(torch.randn(9, 4, 5), dim=-1)


def test_similarity_is_the_largest_cosine_of_a_slow_search(classifier):
    slow = [[max(float(u @ v) for u in a for v in b) for b in classifier] for a in classifier]
    torch.testing.assert_close(class_similarity(classifier), torch.tensor(slow))


def test_nearest_classes_leave_out_the_class_itself(classifier):
    whole = class_similarity(classifier)
    indices, cosines = nearest_classes(classifier, 3)
    for number in range(9):
        others = sorted((c for c in range(9) if c != number), key=lambda c: -whole[number, c])
        assert indices[number].tolist() == others[:3]
    torch.testing.assert_close(cosines, whole.gather(1, indices))


def test_there_are_no_more_neighbours_than_other_classes(classifier):
    assert nearest_classes(classifier[:3], 5)[0].shape == (3, 2)
    assert nearest_classes(classifier[:1], 5)[0].shape == (1, 0)


def test_the_closest_candidates_have_the_similarity_of_their_classes(classifier):
    a, b = closest_candidates(classifier[0], classifier[1, :2])
    found = float(classifier[0, a] @ classifier[1, b])
    assert found == pytest.approx(float((classifier[0] @ classifier[1, :2].T).max()))


def test_padding_does_not_change_how_far_apart_the_own_candidates_are(classifier):
    padded = torch.cat([classifier[:, :3], classifier[:, :1]], dim=1)
    slow = [min(float(u @ v) for u in own[:3] for v in own[:3]) for own in classifier]
    torch.testing.assert_close(least_own_similarity(padded), torch.tensor(slow))
