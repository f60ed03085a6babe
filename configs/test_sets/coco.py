from mmengine.config import read_base

from seg.evaluation import InstanceAPMetric, PanopticQualityMetric

with read_base():
    from .._base_.datasets.coco_panoptic import *

test_evaluator = [dict(type=PanopticQualityMetric), dict(type=InstanceAPMetric)]
outputs = dict(panoptic_on=True, semantic_on=True, instance_on=True)
