from mmengine.config import read_base

from seg.datasets import ShapesFullPanopticDataset

with read_base():
    from .shapes_panoptic import *

data_root = '${SHAPES_FULL_ROOT:-data/shapes_full/ADEChallengeData2016}'
train_dataloader.dataset.update(dict(type=ShapesFullPanopticDataset, data_root=data_root))
val_dataloader.dataset.update(dict(type=ShapesFullPanopticDataset, data_root=data_root))
test_dataloader = val_dataloader
