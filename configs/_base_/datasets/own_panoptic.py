# Data that tools/prepare_data.py made. Sizes, epochs and all names of classes follow from the data.
from mmcv.transforms import RandomResize
from mmdet.datasets.transforms import RandomCrop, Resize
from mmengine.config import read_base

from seg.datasets import OwnPanopticDataset

with read_base():
    from .panoptic import *

data_root = '${OWN_DATA:-data/own}'
image_size = (640, 640)

train_pipeline = [
    *load_training,
    # large-scale jitter
    dict(
        type=RandomResize,
        resize_type=Resize,
        scale=image_size,
        ratio_range=(0.7, 1.5),
        keep_ratio=True,
    ),
    dict(type=RandomCrop, crop_size=image_size, crop_type='absolute', allow_negative_crop=True),
    *pack_training,
]
test_pipeline = [*load_test, dict(type=Resize, scale=image_size, keep_ratio=True), *pack_test]

own_train = dict(
    type=OwnPanopticDataset,
    data_root=data_root,
    ann_file='panoptic_train.json',
    data_prefix=dict(img='images/train/', seg='panoptic_train/'),
    pipeline=train_pipeline,
)
train_dataloader.update(dict(dataset=own_train))
own_val = dict(
    type=OwnPanopticDataset,
    data_root=data_root,
    ann_file='panoptic_val.json',
    data_prefix=dict(img='images/val/', seg='panoptic_val/'),
    pipeline=test_pipeline,
    test_mode=True,
)
val_dataloader.update(dict(dataset=own_val))
test_dataloader = val_dataloader
