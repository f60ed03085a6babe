"""Zero-shot accuracy on crops of every combination, and on the segments of scenes."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ext import shapes_words
from ext.class_names import shapes_full
from ext.templates import get_templates
from seg.models.backbones import OpenCLIPBackbone
from seg.shapes import get_world, render_scene
from seg.shapes.clip.attributes import COLOURS, SHAPES, SIZES, TEXTURES, Shown
from seg.shapes.clip.pictures import SCENE, random_crop
from seg.shapes.clip.segments import normalised, segment_masks, shrink_masks
from seg.text_classifier.encode import encode_classes
from seg.text_classifier.prompts.features import TextEncoder

#: Every combination, and the names of its attributes.
COMBINATIONS = tuple(product(SIZES, COLOURS, TEXTURES, SHAPES))
ATTRIBUTES = ('size', 'colour', 'texture', 'shape')
#: Apart from every seed of training, whose first number is the user's.
_CROPS, _SCENES = 2**32 + 1, 2**32 + 2
_BATCH = 64


@dataclass(frozen=True)
class Predictions:
    """Classes of pictures, and what they were taken for.

    Attributes:
        names: Names of the C classes.
        truth: int [N].
        predicted: int [N].
    """

    names: tuple[str, ...]
    truth: np.ndarray
    predicted: np.ndarray

    @property
    def accuracy(self) -> float:
        """Part of the pictures whose first guess is right."""
        return float((self.truth == self.predicted).mean())


def classify_crops(
    backbone: OpenCLIPBackbone,
    encoder: TextEncoder,
    *,
    each: int,
    templates: str = 'vild',
    seed: int = 0,
) -> Predictions:
    """Classify crops of every combination against the names of all of them.

    Args:
        backbone: The CLIP's image tower.
        encoder: Its text tower.
        each: Crops of each combination.
        templates: A set of prompt templates.
        seed: Of the crops.
    """
    names = tuple(' '.join(words) for words in COMBINATIONS)
    classifier = encode_classes(encoder, names, get_templates(templates), quiet=True).classifier
    truth = np.repeat(np.arange(len(names)), each)
    rng = np.random.default_rng([_CROPS, seed])
    predicted = []
    for first in tqdm(range(0, len(truth), _BATCH), desc='crops', disable=None, unit='batch'):
        images = [_crop(int(label), rng) for label in truth[first : first + _BATCH]]
        predicted.append(_classify(backbone, images, None, classifier))
    return Predictions(names, truth, np.concatenate(predicted))


def classify_segments(
    backbone: OpenCLIPBackbone,
    encoder: TextEncoder,
    *,
    scenes: int,
    templates: str = 'vild',
    seed: int = 0,
) -> Predictions:
    """Classify the true segments of scenes of the vocabulary ``shapes_full``, synonyms and all."""
    classifier = encode_classes(
        encoder, shapes_full.CLASSES, get_templates(templates), quiet=True
    ).classifier
    world = get_world('shapes_full')
    truth, predicted = [], []
    for index in tqdm(range(scenes), desc='scenes', disable=None, unit='scene'):
        rng = np.random.default_rng([_SCENES, seed, index])
        scene = render_scene(world, rng, (SCENE, SCENE))
        masks = segment_masks(torch.from_numpy(scene.segments)[None], (len(scene.labels),))[0]
        truth += scene.labels
        predicted.append(_classify(backbone, [scene.image], masks, classifier))
    return Predictions(shapes_full.NAMES, np.array(truth), np.concatenate(predicted))


def attribute_accuracy(crops: Predictions) -> dict[str, float]:
    """How often each attribute of the first guess is right."""
    words = np.array(COMBINATIONS, object)
    right = words[crops.truth] == words[crops.predicted]
    return {name: float(right[:, i].mean()) for i, name in enumerate(ATTRIBUTES)}


def confusions(crops: Predictions, count: int = 3) -> dict[str, list[tuple[str, str, float]]]:
    """For each attribute the words taken for another most often: (word, other, how often)."""
    words = np.array(COMBINATIONS, object)
    groups = (shapes_words.SIZES, shapes_words.COLOURS, shapes_words.TEXTURES, shapes_words.SHAPES)
    found = {}
    for i, (name, group) in enumerate(zip(ATTRIBUTES, groups, strict=True)):
        true, guess = words[crops.truth, i], words[crops.predicted, i]
        pairs = [
            (word, other, float((guess[true == word] == other).mean()))
            for word, other in product(group, group)
            if word != other and word in true
        ]
        found[name] = [p for p in sorted(pairs, key=lambda p: -p[2])[:count] if p[2] > 0]
    return found


def _crop(label: int, rng: np.random.Generator) -> np.ndarray:
    size, colour, texture, shape = COMBINATIONS[label]
    return random_crop(Shown(shape=shape, colour=colour, texture=texture, size=size), rng)[0]


@torch.inference_mode()
def _classify(
    backbone: OpenCLIPBackbone, images: list[np.ndarray], masks: Tensor | None, classifier: Tensor
) -> np.ndarray:
    """Classes of images, or of the segments of one image."""
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    last_map = backbone(normalised(pixels))[-1]
    inside = None if masks is None else shrink_masks(masks, last_map.shape[-2:])[None]
    features = F.normalize(backbone.mask_pool(last_map, inside).flatten(0, 1), dim=-1)
    scores = torch.einsum('nd,ckd->nck', features, classifier).amax(-1)
    return scores.argmax(1).numpy()
