"""Metrics, registered in ``seg.registry.METRICS``."""

from seg.evaluation.instance_metric import InstanceAPMetric, LVISMetric
from seg.evaluation.panoptic_metric import PanopticQualityMetric
from seg.evaluation.semantic_metric import SemanticIoUMetric

__all__ = ['InstanceAPMetric', 'LVISMetric', 'PanopticQualityMetric', 'SemanticIoUMetric']
