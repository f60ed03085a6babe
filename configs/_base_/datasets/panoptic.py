# What the panoptic data sets share; each adds its files, its sizes and its class names.
from mmcv.transforms import RandomFlip
from mmdet.datasets.transforms import PackDetInputs
from mmengine.dataset import DefaultSampler

from seg.datasets.transforms import LoadImageFromFile, LoadSegmentMap, SegmentMapToMasks
from seg.evaluation import PanopticQualityMetric

load_training = [
    dict(type=LoadImageFromFile),
    dict(type=LoadSegmentMap),
    dict(type=RandomFlip, prob=0.5),
]
pack_training = [dict(type=SegmentMapToMasks), dict(type=PackDetInputs)]
load_test = [dict(type=LoadImageFromFile)]
pack_test = [
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
            'sem_seg_path',
        ),
    )
]

train_dataloader = dict(
    batch_size=2,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type=DefaultSampler, shuffle=True),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type=DefaultSampler, shuffle=False),
)
val_evaluator = dict(type=PanopticQualityMetric, classwise=True)
test_evaluator = val_evaluator
