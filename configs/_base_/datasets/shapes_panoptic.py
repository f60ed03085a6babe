from mmcv.transforms import RandomResize
from mmdet.datasets.transforms import RandomCrop, Resize
from mmengine.config import read_base

from seg.datasets import ShapesPanopticDataset

with read_base():
    from .panoptic import *

data_root = '${SHAPES_ROOT:-data/shapes/ADEChallengeData2016}'
image_size = (128, 128)

train_pipeline = [
    *load_training,
    # large-scale jitter
    dict(
        type=RandomResize,
        resize_type=Resize,
        scale=image_size,
        ratio_range=(0.8, 1.4),
        keep_ratio=True,
    ),
    dict(type=RandomCrop, crop_size=image_size, crop_type='absolute', allow_negative_crop=True),
    *pack_training,
]
test_pipeline = [*load_test, dict(type=Resize, scale=image_size, keep_ratio=True), *pack_test]

shapes_train = dict(
    type=ShapesPanopticDataset,
    data_root=data_root,
    ann_file='ade20k_panoptic_train.json',
    data_prefix=dict(img='images/training/', seg='ade20k_panoptic_train/'),
    pipeline=train_pipeline,
)
train_dataloader.update(dict(batch_size=8, dataset=shapes_train))
shapes_val = dict(
    type=ShapesPanopticDataset,
    data_root=data_root,
    ann_file='ade20k_panoptic_val.json',
    data_prefix=dict(img='images/validation/', seg='ade20k_panoptic_val/'),
    pipeline=test_pipeline,
    test_mode=True,
)
val_dataloader.update(dict(dataset=shapes_val))
test_dataloader = val_dataloader
