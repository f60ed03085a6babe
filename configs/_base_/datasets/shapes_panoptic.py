import os

from mmcv.transforms import RandomFlip, RandomResize
from mmdet.datasets.transforms import PackDetInputs, RandomCrop, Resize
from mmengine.dataset import DefaultSampler

from seg.datasets import ShapesPanopticDataset
from seg.datasets.transforms import LoadImageFromFile, LoadSegmentMap, SegmentMapToMasks
from seg.evaluation import PanopticQualityMetric

data_root = os.environ.get('SHAPES_ROOT', 'data/shapes/ADEChallengeData2016')
del os  # a module has no place among a config's values
image_size = (128, 128)

train_pipeline = [
    dict(type=LoadImageFromFile),
    dict(type=LoadSegmentMap),
    dict(type=RandomFlip, prob=0.5),
    # large-scale jitter
    dict(
        type=RandomResize,
        resize_type=Resize,
        scale=image_size,
        ratio_range=(0.8, 1.4),
        keep_ratio=True,
    ),
    dict(type=RandomCrop, crop_size=image_size, crop_type='absolute', allow_negative_crop=True),
    dict(type=SegmentMapToMasks),
    dict(type=PackDetInputs),
]
test_pipeline = [
    dict(type=LoadImageFromFile),
    dict(type=Resize, scale=image_size, keep_ratio=True),
    dict(
        type=PackDetInputs,
        meta_keys=(
            'img_id',
            'img_path',
            'ori_shape',
            'img_shape',
            'scale_factor',
            'seg_map_path',
            'segments_info',
        ),
    ),
]

train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type=DefaultSampler, shuffle=True),
    dataset=dict(
        type=ShapesPanopticDataset,
        data_root=data_root,
        ann_file='ade20k_panoptic_train.json',
        data_prefix=dict(img='images/training/', seg='ade20k_panoptic_train/'),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type=DefaultSampler, shuffle=False),
    dataset=dict(
        type=ShapesPanopticDataset,
        data_root=data_root,
        ann_file='ade20k_panoptic_val.json',
        data_prefix=dict(img='images/validation/', seg='ade20k_panoptic_val/'),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type=PanopticQualityMetric, classwise=True)
test_evaluator = val_evaluator
