"""The synthetic data sets of ``tools/make_shapes.py``."""

from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.datasets.vocabularies import METAINFO
from seg.registry import DATASETS


@DATASETS.register_module()
class ShapesPanopticDataset(PanopticOVDataset):
    """The small shapes world: 10 things and 4 stuff, told apart by colour and texture."""

    dataset_name = 'ShapesPanopticDataset'
    METAINFO = METAINFO[dataset_name]


@DATASETS.register_module()
class ShapesFullPanopticDataset(PanopticOVDataset):
    """The full shapes world: 36 things, six shapes in six colours, and 6 stuff."""

    dataset_name = 'ShapesFullPanopticDataset'
    METAINFO = METAINFO[dataset_name]


@DATASETS.register_module()
class ShapesBasePanopticDataset(PanopticOVDataset):
    """The open shapes world as training sees it: 24 base things and 6 stuff."""

    dataset_name = 'ShapesBasePanopticDataset'
    METAINFO = METAINFO[dataset_name]


@DATASETS.register_module()
class ShapesOpenPanopticDataset(PanopticOVDataset):
    """The open shapes world as validation sees it: 12 things more, the ``unseen_classes``."""

    dataset_name = 'ShapesOpenPanopticDataset'
    METAINFO = METAINFO[dataset_name]
