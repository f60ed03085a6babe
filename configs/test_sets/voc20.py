from mmengine.config import read_base

with read_base():
    from .._base_.datasets.semantic import *

test_dataloader.dataset.update(
    dict(
        vocabulary='pascal_voc_20',
        data_root='${VOC_ROOT:-data/VOCdevkit/VOC2012}',
        data_prefix=dict(img='JPEGImages/', seg='SegmentationClass/'),
        ann_file='ImageSets/Segmentation/val.txt',
        label_map={1 + label: label for label in range(20)},  # 0 is background, 255 void
    )
)
