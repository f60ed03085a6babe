from mmcv.transforms import RandomResize
from mmdet.datasets.transforms import RandomCrop, Resize
from mmengine.config import read_base

from seg.datasets import CocoPanopticOVDataset

with read_base():
    from .panoptic import *

data_root = '${COCO_ROOT:-data/coco}'
image_size = (1024, 1024)

train_pipeline = [
    *load_training,
    # large-scale jitter
    dict(
        type=RandomResize,
        resize_type=Resize,
        scale=image_size,
        ratio_range=(0.1, 2.0),
        keep_ratio=True,
    ),
    dict(type=RandomCrop, crop_size=image_size, crop_type='absolute', allow_negative_crop=True),
    *pack_training,
]
test_pipeline = [*load_test, dict(type=Resize, scale=(1333, 800), keep_ratio=True), *pack_test]

coco_train = dict(
    type=CocoPanopticOVDataset,
    data_root=data_root,
    ann_file='annotations/panoptic_train2017.json',
    data_prefix=dict(img='train2017/', seg='annotations/panoptic_train2017/'),
    pipeline=train_pipeline,
)
train_dataloader.update(dict(dataset=coco_train))
coco_val = dict(
    type=CocoPanopticOVDataset,
    data_root=data_root,
    ann_file='annotations/panoptic_val2017.json',
    data_prefix=dict(img='val2017/', seg='annotations/panoptic_val2017/'),
    pipeline=test_pipeline,
    test_mode=True,
)
val_dataloader.update(dict(dataset=coco_val))
test_dataloader = val_dataloader
