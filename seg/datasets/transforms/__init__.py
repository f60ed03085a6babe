"""Transforms, registered in ``seg.registry.TRANSFORMS``."""

from seg.datasets.transforms.load_image import LoadImageFromFile
from seg.datasets.transforms.load_panoptic import LoadPanopticSegments
from seg.datasets.transforms.segment_map import LoadSegmentMap, SegmentMapToMasks

__all__ = ['LoadImageFromFile', 'LoadPanopticSegments', 'LoadSegmentMap', 'SegmentMapToMasks']
