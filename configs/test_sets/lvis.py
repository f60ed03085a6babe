from mmdet.datasets.transforms import Resize
from mmengine.config import read_base

from seg.datasets import LVISDataset
from seg.evaluation import LVISMetric

with read_base():
    from .._base_.datasets.panoptic import *

val_dataloader.update(
    dict(
        dataset=dict(
            type=LVISDataset,
            data_root='${COCO_ROOT:-data/coco}',
            ann_file='annotations/lvis_v1_val.json',
            data_prefix=dict(img=''),
            pipeline=[
                *load_test,
                dict(type=Resize, scale=(1333, 800), keep_ratio=True),
                *pack_test,
            ],
            test_mode=True,
        )
    )
)
test_dataloader = val_dataloader
test_evaluator = [dict(type=LVISMetric)]
# LVIS allows 300 detections a picture.
outputs = dict(panoptic_on=False, semantic_on=False, instance_on=True, max_per_image=300)
