import pytest
import torch
import torch.nn.functional as F

from seg.models.layers.cosine_classifier import CosineClassifier


def unit(*shape, seed=0):
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_logits_equal_the_definition_written_out():
    classifier, embeddings = unit(5, 3, 8), 3 * unit(4, 8, seed=1)
    head = CosineClassifier(classifier, scale=7.0)
    found = head(embeddings)
    for e, row in zip(embeddings, found, strict=True):
        e = e / e.norm()
        expected = [7 * max((e @ candidate).item() for candidate in own) for own in classifier]
        expected.append(7 * (e @ head.no_object / head.no_object.norm()).item())
        torch.testing.assert_close(row, torch.tensor(expected))


def test_padded_and_ragged_classifiers_give_the_same_logits_and_gradients():
    ragged = [unit(2, 8), unit(1, 8, seed=1), unit(3, 8, seed=2)]
    padded = torch.stack([torch.cat([own, own[:1].expand(3 - len(own), -1)]) for own in ragged])
    results = []
    for classifier in (ragged, padded):
        torch.manual_seed(0)
        head = CosineClassifier(classifier)
        embeddings = unit(4, 8, seed=3).requires_grad_()
        logits = head(embeddings)
        logits.square().sum().backward()
        results.append((logits, embeddings.grad))
    torch.testing.assert_close(results[0], results[1])


def test_twenty_thousand_classes_fit():
    head = CosineClassifier(unit(20_000, 2, 64))
    assert head(torch.randn(2, 100, 64)).shape == (2, 100, 20_001)


def test_the_scale_is_bounded_by_100():
    head = CosineClassifier(unit(3, 1, 8))
    head.log_scale.data += 100
    assert head(unit(4, 8, seed=1)).abs().max() <= 100.1


def test_the_classifier_is_not_part_of_the_checkpoint():
    assert set(CosineClassifier(unit(3, 2, 8)).state_dict()) == {'no_object', 'log_scale'}


def test_the_vocabulary_can_be_exchanged_but_not_the_embedding_size():
    head = CosineClassifier(unit(3, 2, 8))
    head.set_classifier(unit(7, 1, 8))
    assert head(unit(2, 8)).shape == (2, 8)
    with pytest.raises(ValueError, match='embeddings of size 16, the model was built for 8'):
        head.set_classifier(unit(3, 1, 16))


@pytest.mark.parametrize('classifier', [[], [torch.ones(0, 4)]])
def test_a_vocabulary_without_classes_or_candidates_is_refused(classifier):
    with pytest.raises(ValueError, match='at least one class'):
        CosineClassifier(classifier)
