"""The segmentation model that ships: its files, and that words are what it finds unseen classes by."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ext.class_names import shapes_open
from seg.apis.config.read import read_config
from seg.apis.segmenter import Segmenter
from seg.evaluation.panoptic_quality import class_groups, count_image, summarise
from seg.models.embedded.segmenter import embedded_model
from seg.panoptic.panoptic_map import PanopticMap
from seg.shapes import get_world, render_scene

THINGS, CLASSES = len(shapes_open.THINGS), len(shapes_open.CLASSES)
UNSEEN = range(len(shapes_open.BASE), THINGS)
IMAGES = 24


@pytest.fixture(scope='module')
def scenes():
    world = get_world('shapes_open')
    return [render_scene(world, np.random.default_rng([77, i]), (128, 128)) for i in range(IMAGES)]


@pytest.fixture(scope='module')
def segmenter():
    return Segmenter(
        read_config(str(embedded_model().config)),
        'embedded',
        'cpu',
        shapes_open.THINGS,
        shapes_open.STUFF,
    )


def quality(segmenter, scenes, words=None):
    counts = np.zeros((CLASSES, 6))
    for scene in scenes:
        found = segmenter(scene.image[..., ::-1], vocabulary=words)
        labels = np.array(scene.labels)
        counts += count_image(
            PanopticMap(found.index + 1, found.labels, np.zeros(len(found), bool)),
            PanopticMap(scene.segments + 1, labels, np.zeros(len(labels), bool)),
            CLASSES,
        )
    return summarise(counts, class_groups(CLASSES, THINGS, UNSEEN))


def test_the_weights_are_small_and_those_that_their_manifest_names():
    file = embedded_model().checkpoint
    manifest = json.loads(file.with_suffix('.json').read_text())
    content = file.read_bytes()
    assert len(content) == manifest['bytes'] <= 8e6
    assert hashlib.sha256(content).hexdigest() == manifest['sha256']
    assert manifest['made_by'] and manifest['date'] and 'PQ_unseen' in manifest['results']
    state = torch.load(file, weights_only=True)['state_dict']
    assert {v.dtype for v in state.values() if v.is_floating_point()} == {torch.float16}


def test_words_that_the_text_model_never_saw_are_named(segmenter):
    with pytest.warns(UserWarning, match="never trained on 'car', 'street', and cannot know"):
        words = segmenter.encode('red car; street', 'sky')
    assert segmenter.unknown_words(words.classes) == ['car', 'street']
    assert segmenter.unknown_words(shapes_open.CLASSES) == []


@pytest.mark.slow
def test_unseen_classes_are_found_by_their_words_and_not_without(segmenter, scenes):
    with_words = quality(segmenter, scenes)
    assert with_words['PQ_seen'] > 55 and with_words['PQ_unseen'] > 30
    # The same, but the rows of the unseen classes say nothing.
    words = segmenter.encode(shapes_open.THINGS, shapes_open.STUFF)
    of_unseen = torch.isin(words.owner, torch.tensor(UNSEEN))
    torch.manual_seed(0)
    noise = F.normalize(torch.randn_like(words.rows), dim=-1)
    rows = torch.where(of_unseen[:, None], noise, words.rows)
    without = quality(segmenter, scenes, dataclasses.replace(words, rows=rows))
    assert without['PQ_unseen'] < 5 and without['PQ_seen'] > 40
