from mmengine.config import read_base

from seg.datasets import ShapesBasePanopticDataset, ShapesOpenPanopticDataset

with read_base():
    from .shapes_panoptic import *

data_root = '${SHAPES_OPEN_ROOT:-data/shapes_open/ADEChallengeData2016}'
train_dataloader.dataset.update(dict(type=ShapesBasePanopticDataset, data_root=data_root))
val_dataloader.dataset.update(dict(type=ShapesOpenPanopticDataset, data_root=data_root))
test_dataloader = val_dataloader
