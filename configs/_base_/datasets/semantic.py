# What the semantic test sets share; each adds its files and its class names.
from mmdet.datasets.transforms import Resize
from mmengine.config import read_base

from seg.datasets import SemanticOVDataset
from seg.evaluation import SemanticIoUMetric

with read_base():
    from .panoptic import *

test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    sampler=dict(type=DefaultSampler, shuffle=False),
    dataset=dict(
        type=SemanticOVDataset,
        pipeline=[*load_test, dict(type=Resize, scale=(2560, 640), keep_ratio=True), *pack_test],
        test_mode=True,
    ),
)
test_evaluator = [dict(type=SemanticIoUMetric)]
outputs = dict(panoptic_on=False, semantic_on=True, instance_on=False)
