"""The synthetic data sets of ``tools/make_shapes.py``."""

from ext.class_names import shapes, shapes_full
from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.registry import DATASETS


@DATASETS.register_module()
class ShapesPanopticDataset(PanopticOVDataset):
    """The small shapes world: 10 things and 4 stuff, told apart by colour and texture."""

    dataset_name = 'ShapesPanopticDataset'
    METAINFO = {
        'classes': shapes.CLASSES,
        'thing_classes': shapes.THINGS,
        'stuff_classes': shapes.STUFF,
        'category_names': shapes.NAMES,
        'palette': shapes.PALETTE,
    }


@DATASETS.register_module()
class ShapesFullPanopticDataset(PanopticOVDataset):
    """The full shapes world: 36 things, six shapes in six colours, and 6 stuff."""

    dataset_name = 'ShapesFullPanopticDataset'
    METAINFO = {
        'classes': shapes_full.CLASSES,
        'thing_classes': shapes_full.THINGS,
        'stuff_classes': shapes_full.STUFF,
        'category_names': shapes_full.NAMES,
        'palette': shapes_full.PALETTE,
    }
