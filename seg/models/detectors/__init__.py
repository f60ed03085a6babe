"""Detectors: images to results."""

from seg.models.detectors.open_vocab_maskformer import OpenVocabMaskFormer

__all__ = ['OpenVocabMaskFormer']
