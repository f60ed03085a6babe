from mmdet.datasets.transforms import Resize
from mmengine.config import read_base

from seg.datasets import MapillaryVistasPanopticDataset
from seg.evaluation import InstanceAPMetric, PanopticQualityMetric

with read_base():
    from .._base_.datasets.panoptic import *

val_dataloader.update(
    dict(
        dataset=dict(
            type=MapillaryVistasPanopticDataset,
            data_root='${MAPILLARY_VISTAS_ROOT:-data/mapillary_vistas}',
            ann_file='validation/panoptic/panoptic_2018.json',
            data_prefix=dict(img='validation/images/', seg='validation/panoptic/'),
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
