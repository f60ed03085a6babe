"""Detectors: images to results."""

from seg.models.detectors.open_vocab_maskformer import OpenVocabMaskFormer
from seg.models.detectors.panoptic_data_preprocessor import PanopticDataPreprocessor
from seg.models.detectors.panoptic_tta import PanopticTTAModel

__all__ = ['OpenVocabMaskFormer', 'PanopticDataPreprocessor', 'PanopticTTAModel']
