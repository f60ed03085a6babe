"""A model of fixed answers for the page."""

import numpy as np
import torch

from seg.models.vocabulary import EncodedVocabulary
from seg.panoptic.segmentation import Segmentation


class TwoSided:
    """Finds the first class in the left two thirds, and the last one on the right.

    Its text model takes each class for a little more like the next one than like the others.
    """

    trained_on = ('cat,kitten', 'sofa')

    def unknown_words(self, classes):
        return [name for name in classes if 'zebra' in name]

    def encode(self, things, stuff, timeout):
        count = len(things) + len(stuff)
        rows = torch.nn.functional.normalize(torch.eye(count) + 0.5 * torch.eye(count).roll(1, 1))
        seen = torch.zeros(count, dtype=torch.bool)
        return EncodedVocabulary((*things, *stuff), len(things), rows, torch.arange(count), seen)

    def __call__(self, image, vocabulary):
        self.image = image
        classes, things = vocabulary.classes, vocabulary.num_things
        panoptic = np.full(image.shape[:2], len(classes) - 1)
        panoptic[:, : 2 * image.shape[1] // 3] = 1000 if things else 0
        scores = {1000: 0.899, len(classes) - 1: 0.4}
        return Segmentation.from_mmdet(image, panoptic, scores, classes, things)


class Unsure(TwoSided):
    """Finds nothing."""

    def __call__(self, image, vocabulary):
        classes = vocabulary.classes
        void = np.full(image.shape[:2], len(classes))
        return Segmentation.from_mmdet(image, void, {}, classes, vocabulary.num_things)
