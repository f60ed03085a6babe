"""Why the open vocabulary works: frozen CLIP features of true segments, a linear head, and words.

A small stand-in for training: the head learns from segments of base classes alone, and is then asked
for all classes. With the CLIP's words it knows classes that it never saw, with random rows in place
of the words it knows only those that it did.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ext.class_names import shapes_open
from ext.templates import SIMPLE_PROMPT
from seg.apis.random_classifier import random_features
from seg.models.backbones import OpenCLIPBackbone
from seg.models.layers.cosine_classifier import CosineClassifier
from seg.shapes import get_world, render_scene
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.prompts.features import candidate_features

MEAN, STD = (122.7709, 116.7460, 104.0937), (68.5005, 66.6322, 70.3232)
CANDIDATES = split_classes(shapes_open.CLASSES)
NAMES = distinct_candidates(CANDIDATES)
SCENES = {'train': 100, 'val': 50}
BASE, NOVEL = len(shapes_open.BASE), len(shapes_open.NOVEL)
SEEN = torch.tensor([*range(BASE), *range(BASE + NOVEL, len(CANDIDATES))])


@pytest.fixture(scope='module')
def clip():
    init_cfg = dict(type='clip_pretrain', checkpoint='embedded')
    return OpenCLIPBackbone('shapes_clip', init_cfg=init_cfg)


@pytest.fixture(scope='module')
def segments(clip):
    """Of each split: mean features inside true segments [N, C], CLIP's embeddings of them, labels."""
    return {split: features_of_segments(clip, split, count) for split, count in SCENES.items()}


@torch.no_grad()
def features_of_segments(clip, split, count):
    rng = np.random.default_rng([0, split == 'val'])
    world = get_world('shapes_open')
    features, embeddings, labels = [], [], []
    for _ in range(count):
        scene = render_scene(world, rng, (128, 128), split)
        image = (torch.from_numpy(scene.image).float() - torch.tensor(MEAN)) / torch.tensor(STD)
        last_map = clip(image.permute(2, 0, 1)[None])[-1]
        numbers = torch.arange(len(scene.labels))[:, None, None]
        masks = (torch.from_numpy(scene.segments)[None] == numbers).float()[None]
        inside = F.adaptive_avg_pool2d(masks, last_map.shape[-2:])
        weights = inside.flatten(2) / inside.flatten(2).sum(-1, keepdim=True)
        features.append((weights @ last_map.flatten(2).transpose(1, 2))[0])
        embeddings.append(clip.mask_pool(last_map, inside)[0])
        labels.append(torch.tensor(scene.labels))
    return torch.cat(features), F.normalize(torch.cat(embeddings), dim=-1), torch.cat(labels)


def words(clip):
    """Rows [N, D] of all candidates."""
    found = {}
    for block, features in candidate_features(clip.get_text_model(), NAMES, SIMPLE_PROMPT):
        found.update(zip(block, features, strict=True))
    return torch.stack([found[name] for name in NAMES])


def accuracy(scores, labels):
    """Part of the things of base and of novel classes that are found among all 42 classes."""
    right = scores.argmax(1) == labels
    is_novel = (labels >= BASE) & (labels < BASE + NOVEL)
    return right[labels < BASE].float().mean().item(), right[is_novel].float().mean().item()


def accuracy_of_a_head(rows, segments):
    """Train a linear head on the base classes, and ask it for all."""
    features, _, labels = segments['train']
    mean, std = features.mean(0), features.std(0)
    classifier = assemble_classifier(rows, CANDIDATES)
    torch.manual_seed(0)
    head, cosine = nn.Linear(features.shape[1], rows.shape[1]), CosineClassifier(classifier[SEEN])
    optimizer = torch.optim.AdamW([*head.parameters(), *cosine.parameters()], lr=1e-2)
    targets = (labels[:, None] == SEEN).nonzero()[:, 1]
    for _ in range(150):
        loss = F.cross_entropy(cosine(head((features - mean) / std)), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    cosine.set_classifier(classifier)
    features, _, labels = segments['val']
    with torch.no_grad():
        return accuracy(cosine(head((features - mean) / std))[:, :-1], labels)


def test_the_clip_itself_knows_all_of_them(clip, segments):
    _, embeddings, labels = segments['val']
    cosine = CosineClassifier(assemble_classifier(words(clip), CANDIDATES)).class_cosine(embeddings)
    base, novel = accuracy(cosine, labels)
    assert base > 0.85 and novel > 0.85


def test_a_head_trained_against_the_clips_words_knows_classes_it_never_saw(clip, segments):
    base, novel = accuracy_of_a_head(words(clip), segments)
    assert base > 0.8 and novel > 0.7


def test_a_head_trained_against_random_rows_knows_those_that_it_saw_and_no_others(segments):
    base, novel = accuracy_of_a_head(random_features(NAMES, 96), segments)
    assert base > 0.75 and novel < 0.05
