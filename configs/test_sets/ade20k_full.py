from mmengine.config import read_base

with read_base():
    from .._base_.datasets.semantic import *

test_dataloader.dataset.update(
    dict(
        vocabulary='ade20k_full',
        data_root='${ADE20K_FULL_ROOT:-data/ADE20K_2021_17_01}',
        data_prefix=dict(
            img='images_detectron2/validation/', seg='annotations_detectron2/validation/'
        ),
        seg_suffix='.tif',
    )
)
