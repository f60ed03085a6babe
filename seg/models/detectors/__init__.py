"""Detectors: images to results."""

from seg.models.detectors.open_vocab_maskformer import OpenVocabMaskFormer
from seg.models.detectors.panoptic_data_preprocessor import PanopticDataPreprocessor

__all__ = ['OpenVocabMaskFormer', 'PanopticDataPreprocessor']
