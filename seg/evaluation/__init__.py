"""Metrics, registered in ``seg.registry.METRICS``."""

from seg.evaluation.coco_results import CocoResults
from seg.evaluation.instance_metric import InstanceAPMetric, LVISMetric
from seg.evaluation.panoptic_metric import PanopticQualityMetric
from seg.evaluation.pickled_results import PickledResults
from seg.evaluation.semantic_metric import SemanticIoUMetric

__all__ = [
    'CocoResults',
    'InstanceAPMetric',
    'LVISMetric',
    'PanopticQualityMetric',
    'PickledResults',
    'SemanticIoUMetric',
]
