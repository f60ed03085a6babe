"""The losses against their definitions, and against CLIP's own."""

import math

import torch
import torch.nn.functional as F

from seg.shapes.clip.attributes import WORDS
from seg.shapes.clip.loss import AttributeLoss, contrastive_loss, one_way_loss


def test_a_match_competes_with_what_does_not_match_and_with_nothing_else():
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    truth = torch.tensor(
        [
            [1, 1, 0, 0, -1],
            [0, 1, -1, 0, 0],
            [0, 0, 0, 0, 0],  # no caption is true of it
            [1, 0, 1, 1, 0],
        ]
    )
    rows = []
    for own, matches in zip(logits.tolist(), truth.tolist(), strict=True):
        others = sum(math.exp(x) for x, t in zip(own, matches, strict=True) if t == 0)
        losses = [
            -math.log(math.exp(x) / (math.exp(x) + others))
            for x, t in zip(own, matches, strict=True)
            if t == 1
        ]
        rows += [sum(losses) / len(losses)] if losses else []
    expected = sum(rows) / len(rows)
    torch.testing.assert_close(one_way_loss(logits, truth), torch.tensor(expected))


def test_with_one_match_each_it_is_the_loss_of_clip():
    logits = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(6)
    expected = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    found = contrastive_loss(logits, torch.eye(6, dtype=torch.int8))
    torch.testing.assert_close(found, expected)


def test_attributes_that_a_row_does_not_have_play_no_part():
    torch.manual_seed(0)
    loss = AttributeLoss(4)
    features = torch.randn(3, 4)
    # Shape and colour of the first, the shape of the second, nothing of the third.
    numbers = torch.tensor([[1, 2, -1, -1, -1], [3, -1, -1, -1, -1], [-1, -1, -1, -1, -1]])
    shape, colour, *_ = loss.classifiers
    assert [c.out_features for c in loss.classifiers] == [len(words) for words in WORDS.values()]
    shapes = [-shape(features).log_softmax(-1)[row, word] for row, word in ((0, 1), (1, 3))]
    colours = -colour(features).log_softmax(-1)[0, 2]
    expected = ((shapes[0] + shapes[1]) / 2 + colours) / 2
    torch.testing.assert_close(loss(features, numbers), expected)
