"""Batches of images and panoptic truth."""

from mmdet.models import DetDataPreprocessor

from seg.panoptic.void import VOID_CLASS
from seg.registry import MODELS


@MODELS.register_module()
class PanopticDataPreprocessor(DetDataPreprocessor):
    """mmdet's ``DetDataPreprocessor``, which pads masks with nothing and semantic maps with void.

    Args:
        **kwargs: As for ``DetDataPreprocessor``; ``pad_mask``, ``pad_seg`` and ``seg_pad_value`` are set.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(
            **kwargs | {'pad_mask': True, 'pad_seg': True, 'seg_pad_value': VOID_CLASS}
        )
