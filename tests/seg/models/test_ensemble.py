import pytest
import torch

from seg.models.ensemble import geometric_ensemble


def inputs(classes=5):
    torch.manual_seed(0)
    return torch.randn(3, classes + 1), torch.randn(3, classes).softmax(-1)


def test_the_ensemble_equals_the_formula_written_out():
    logits, clip = inputs()
    is_seen = torch.tensor([True, False, True, False, False])
    found = geometric_ensemble(logits, clip, is_seen, alpha=0.4, beta=0.8).exp()
    for row, head, own in zip(found, logits, clip, strict=True):
        inside = (head[:-1].exp() / head[:-1].exp().sum()).tolist()
        no_object = (head[-1].exp() / head.exp().sum()).item()
        raw = [
            p ** (1 - w) * q.item() ** w
            for p, q, w in zip(inside, own, [0.4, 0.8, 0.4, 0.8, 0.8], strict=True)
        ]
        expected = [(1 - no_object) * r / sum(raw) for r in raw] + [no_object]
        torch.testing.assert_close(row, torch.tensor(expected))


@pytest.mark.parametrize('seen', [True, False])
def test_without_weight_on_clip_the_head_is_unchanged(seen):
    logits, clip = inputs()
    is_seen = torch.full((5,), seen)
    found = geometric_ensemble(logits, clip, is_seen, alpha=0.0, beta=0.0)
    torch.testing.assert_close(found, logits.log_softmax(-1))


def test_a_class_that_clip_rules_out_keeps_finite_scores():
    logits, clip = inputs()
    clip[:, 0] = 0
    assert geometric_ensemble(logits, clip, torch.ones(5).bool(), 0.4, 0.8).isfinite().all()
