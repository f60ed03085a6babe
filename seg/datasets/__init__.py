"""Datasets, registered in ``seg.registry.DATASETS``; each has a ``dataset_name``."""

from seg.datasets.ade_ov import ADE20KPanopticDataset
from seg.datasets.coco_ov import CocoPanopticOVDataset

__all__ = ['ADE20KPanopticDataset', 'CocoPanopticOVDataset']
