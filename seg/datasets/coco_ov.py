"""COCO panoptic with synonyms."""

from ext.class_names import coco_panoptic
from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.registry import DATASETS


@DATASETS.register_module()
class CocoPanopticOVDataset(PanopticOVDataset):
    """COCO panoptic, 80 things and 53 stuff, in mmdet's order."""

    dataset_name = 'CocoPanopticOVDataset'
    METAINFO = {
        'classes': coco_panoptic.CLASSES,
        'thing_classes': coco_panoptic.THINGS,
        'stuff_classes': coco_panoptic.STUFF,
        'category_names': coco_panoptic.NAMES,
        'palette': coco_panoptic.PALETTE,
    }
