# What the semantic test sets share; each adds its files and its class names.
from mmdet.datasets.transforms import Resize
from mmengine.config import read_base

from seg.datasets import SemanticOVDataset
from seg.evaluation import SemanticIoUMetric

with read_base():
    from .panoptic import *

val_dataloader.update(
    dict(
        dataset=dict(
            type=SemanticOVDataset,
            pipeline=[
                *load_test,
                dict(type=Resize, scale=(2560, 640), keep_ratio=True),
                *pack_test,
            ],
            test_mode=True,
        )
    )
)
test_dataloader = val_dataloader
test_evaluator = [dict(type=SemanticIoUMetric)]
outputs = dict(panoptic_on=False, semantic_on=True, instance_on=False)
