from mmdet.datasets.transforms import Resize
from mmengine.config import read_base

from seg.datasets import CityscapesPanopticDataset
from seg.evaluation import InstanceAPMetric, PanopticQualityMetric

with read_base():
    from .._base_.datasets.panoptic import *

val_dataloader.update(
    dict(
        dataset=dict(
            type=CityscapesPanopticDataset,
            data_root='${CITYSCAPES_ROOT:-data/cityscapes}',
            ann_file='gtFine/cityscapes_panoptic_val.json',
            data_prefix=dict(img='leftImg8bit/val/', seg='gtFine/cityscapes_panoptic_val/'),
            pipeline=[
                *load_test,
                dict(type=Resize, scale=(2048, 1024), keep_ratio=True),
                *pack_test,
            ],
            test_mode=True,
        )
    )
)
test_dataloader = val_dataloader
test_evaluator = [dict(type=PanopticQualityMetric), dict(type=InstanceAPMetric)]
outputs = dict(panoptic_on=True, semantic_on=True, instance_on=True)
