"""COCO panoptic with synonyms."""

from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.datasets.vocabularies import METAINFO
from seg.registry import DATASETS


@DATASETS.register_module()
class CocoPanopticOVDataset(PanopticOVDataset):
    """COCO panoptic, 80 things and 53 stuff, in mmdet's order."""

    dataset_name = 'CocoPanopticOVDataset'
    METAINFO = METAINFO[dataset_name]
