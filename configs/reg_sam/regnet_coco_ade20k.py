"""Joint training on COCO and ADE20K: classes that share synonyms are one. Evaluated on ADE20K."""

from mmengine.config import read_base

from seg.datasets import ConcatOVDataset
from seg.engine.hooks import EvalVocabularyHook, PanopticPictureHook

with read_base():
    from .._base_.datasets.coco_panoptic import *
    from .regnet_ade20k import *  # isort: skip

train_dataloader.dataset = dict(type=ConcatOVDataset, datasets=[coco_train, ade20k_train])
# ADE20K's own classes in place of the joint ones.
custom_hooks = [dict(type=PanopticPictureHook), dict(type=EvalVocabularyHook)]
