"""Panoptic quality, registered in ``seg.registry.METRICS``."""

from seg.evaluation.panoptic_metric import PanopticQualityMetric

__all__ = ['PanopticQualityMetric']
