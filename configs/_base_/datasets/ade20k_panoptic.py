from mmcv.transforms import RandomResize
from mmdet.datasets.transforms import RandomCrop, Resize
from mmengine.config import read_base

from seg.datasets import ADE20KPanopticDataset

with read_base():
    from .panoptic import *

data_root = '${ADE20K_ROOT:-data/ADEChallengeData2016}'
image_size = (640, 640)

train_pipeline = [
    *load_training,
    # large-scale jitter
    dict(
        type=RandomResize,
        resize_type=Resize,
        scale=image_size,
        ratio_range=(0.5, 2.0),
        keep_ratio=True,
    ),
    dict(type=RandomCrop, crop_size=image_size, crop_type='absolute', allow_negative_crop=True),
    *pack_training,
]
test_pipeline = [*load_test, dict(type=Resize, scale=(2560, 640), keep_ratio=True), *pack_test]

ade20k_train = dict(
    type=ADE20KPanopticDataset,
    data_root=data_root,
    ann_file='ade20k_panoptic_train.json',
    data_prefix=dict(img='images/training/', seg='ade20k_panoptic_train/'),
    pipeline=train_pipeline,
)
train_dataloader.update(dict(dataset=ade20k_train))
ade20k_val = dict(
    type=ADE20KPanopticDataset,
    data_root=data_root,
    ann_file='ade20k_panoptic_val.json',
    data_prefix=dict(img='images/validation/', seg='ade20k_panoptic_val/'),
    pipeline=test_pipeline,
    test_mode=True,
)
val_dataloader.update(dict(dataset=ade20k_val))
test_dataloader = val_dataloader
