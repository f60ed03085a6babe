"""Zero-shot accuracy: how it is counted, and that the shipped weights have it."""

import numpy as np
import pytest
import torch

from seg.models.backbones import OpenCLIPBackbone
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.shapes.clip.evaluation import (
    COMBINATIONS,
    Predictions,
    attribute_accuracy,
    classify_crops,
    classify_segments,
    confusions,
)

EMBEDDED = dict(type='clip_pretrain', checkpoint='embedded')
# One crop of each combination and few scenes: a little below what tools/eval_shapes_clip.py finds.
LEAST, LEAST_ATTRIBUTE, LEAST_SEGMENTS = 0.94, 0.95, 0.94
NAMES = tuple(' '.join(words) for words in COMBINATIONS)


@pytest.fixture(scope='module')
def encoder():
    return OpenCLIPTextEncoder('shapes_clip', init_cfg=EMBEDDED)


@pytest.fixture(scope='module')
def backbone():
    return OpenCLIPBackbone('shapes_clip', init_cfg=EMBEDDED)


def predictions(*pairs):
    truth, predicted = zip(*[(NAMES.index(a), NAMES.index(b)) for a, b in pairs], strict=True)
    return Predictions(NAMES, np.array(truth), np.array(predicted))


def test_every_combination_is_a_class():
    assert len(set(NAMES)) == len(NAMES) == 10 * 12 * 4 * 2


def test_each_attribute_is_counted_by_itself():
    found = predictions(
        ('small red plain circle', 'small red plain circle'),
        ('small red plain circle', 'large red plain ellipse'),
        ('small blue striped star', 'small green striped star'),
        ('large red plain circle', 'large red plain ellipse'),
    )
    assert found.accuracy == 0.25
    assert attribute_accuracy(found) == dict(size=0.75, colour=0.75, texture=1.0, shape=0.5)
    assert confusions(found)['shape'] == [('circle', 'ellipse', pytest.approx(2 / 3))]
    assert confusions(found)['colour'] == [('blue', 'green', 1.0)]
    assert confusions(found)['texture'] == []


def test_the_shipped_weights_tell_crops_of_every_combination_apart(backbone, encoder):
    crops = classify_crops(backbone, encoder, each=1, templates='simple', seed=1)
    right = attribute_accuracy(crops)
    assert crops.accuracy > LEAST
    assert min(right.values()) > LEAST_ATTRIBUTE, right


def test_the_shipped_weights_name_the_segments_of_scenes(backbone, encoder):
    segments = classify_segments(backbone, encoder, scenes=30, templates='panoptic', seed=1)
    assert segments.accuracy > LEAST_SEGMENTS


def test_random_text_features_name_nothing(backbone, encoder):
    class Random:
        shares_prefixes = False

        def __getattr__(self, name):
            return getattr(encoder, name)

        def lengths(self, tokens):
            return torch.full((len(tokens),), tokens.shape[1])

        def encode_batches(self, batches, progress=None):
            return torch.randn(sum(map(len, batches)), 96)

    torch.manual_seed(0)
    assert classify_segments(backbone, Random(), scenes=30, templates='simple').accuracy < 0.2
