from mmcv.transforms import RandomResize
from mmdet.datasets.transforms import RandomCrop, Resize
from mmengine.config import read_base

from seg.datasets import ShapesBasePanopticDataset, ShapesOpenPanopticDataset

with read_base():
    from .shapes_panoptic import *

data_root = '${SHAPES_OPEN_ROOT:-data/shapes_open/ADEChallengeData2016}'
# The pictures are smaller: enlarged, a mask of stride 4 has cleaner edges.
image_size = (160, 160)
test_size = (192, 192)

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
test_pipeline = [*load_test, dict(type=Resize, scale=test_size, keep_ratio=True), *pack_test]

train_dataloader.dataset.update(
    dict(type=ShapesBasePanopticDataset, data_root=data_root, pipeline=train_pipeline)
)
val_dataloader.dataset.update(
    dict(type=ShapesOpenPanopticDataset, data_root=data_root, pipeline=test_pipeline)
)
test_dataloader = val_dataloader
