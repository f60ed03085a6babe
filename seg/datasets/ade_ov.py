"""ADE20K panoptic with synonyms."""

from ext.class_names import ade20k_panoptic
from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.registry import DATASETS


@DATASETS.register_module()
class ADE20KPanopticDataset(PanopticOVDataset):
    """ADE20K panoptic, 100 things and 50 stuff, in mmdet's order."""

    dataset_name = 'ADE20KPanopticDataset'
    METAINFO = {
        'classes': ade20k_panoptic.CLASSES,
        'thing_classes': ade20k_panoptic.THINGS,
        'stuff_classes': ade20k_panoptic.STUFF,
        'category_names': ade20k_panoptic.NAMES,
        'palette': ade20k_panoptic.PALETTE,
    }
