"""ADE20K panoptic with synonyms."""

from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.datasets.vocabularies import METAINFO
from seg.registry import DATASETS


@DATASETS.register_module()
class ADE20KPanopticDataset(PanopticOVDataset):
    """ADE20K panoptic, 100 things and 50 stuff, in mmdet's order."""

    dataset_name = 'ADE20KPanopticDataset'
    METAINFO = METAINFO[dataset_name]
