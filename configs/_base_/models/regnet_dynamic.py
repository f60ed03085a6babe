# RegNet, fused pyramid, dynamic kernels. Classifier and numbers of classes follow from data set and
# text model.
from mmdet.models import RegNet
from mmdet.models.losses import CrossEntropyLoss, DiceLoss
from mmdet.models.task_modules.assigners import (
    ClassificationCost,
    CrossEntropyLossCost,
    DiceCost,
    HungarianAssigner,
)
from mmdet.models.task_modules.samplers import MaskPseudoSampler
from mmengine.model import PretrainedInit

from seg.models.detectors import OpenVocabMaskFormer, PanopticDataPreprocessor
from seg.models.heads import DynamicKernelHead, SparseFusionHead
from seg.models.necks import FusedFPN

model = dict(
    type=OpenVocabMaskFormer,
    data_preprocessor=dict(
        type=PanopticDataPreprocessor,
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_size_divisor=32,
    ),
    backbone=dict(
        type=RegNet,
        arch='regnetx_12gf',
        out_indices=(0, 1, 2, 3),
        norm_cfg=dict(type='BN', requires_grad=True),
        # ImageNet's statistics stay: two images a GPU are too few to estimate others. From random
        # weights (init_cfg=None) there are none to keep, and it must be False.
        norm_eval=True,
        init_cfg=dict(type=PretrainedInit, checkpoint='open-mmlab://regnetx_12gf'),
    ),
    neck=dict(type=FusedFPN, in_channels=[224, 448, 896, 2240], out_channels=256),
    panoptic_head=dict(
        type=DynamicKernelHead,
        in_channels=256,
        num_queries=100,
        num_stages=3,
        loss_cls=dict(type=CrossEntropyLoss, loss_weight=2.0, class_weight=0.1),
        loss_mask=dict(type=CrossEntropyLoss, use_sigmoid=True, loss_weight=5.0),
        loss_dice=dict(type=DiceLoss, activate=True, naive_dice=True, eps=1.0, loss_weight=5.0),
        loss_semantic=dict(type=CrossEntropyLoss, loss_weight=1.0),
    ),
    panoptic_fusion_head=dict(type=SparseFusionHead),
    train_cfg=dict(
        num_points=12544,
        oversample_ratio=3.0,
        importance_sample_ratio=0.75,
        assigner=dict(
            type=HungarianAssigner,
            match_costs=[
                dict(type=ClassificationCost, weight=2.0),
                dict(type=CrossEntropyLossCost, weight=5.0, use_sigmoid=True),
                dict(type=DiceCost, weight=5.0, pred_act=True, eps=1.0),
            ],
        ),
        sampler=dict(type=MaskPseudoSampler),
    ),
    test_cfg=dict(panoptic_on=True, semantic_on=True, object_mask_thr=0.3, iou_thr=0.6),
)
