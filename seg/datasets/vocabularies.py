"""Metainfo of our datasets by ``dataset_name``, for who needs names and not mmdet."""

from types import ModuleType
from typing import Any

from ext.class_names import ade20k_panoptic, coco_panoptic, shapes, shapes_full


def _metainfo(module: ModuleType) -> dict[str, Any]:
    return {
        'classes': module.CLASSES,
        'thing_classes': module.THINGS,
        'stuff_classes': module.STUFF,
        'category_names': module.NAMES,
        'palette': module.PALETTE,
    }


METAINFO: dict[str, dict[str, Any]] = {
    'ADE20KPanopticDataset': _metainfo(ade20k_panoptic),
    'CocoPanopticOVDataset': _metainfo(coco_panoptic),
    'ShapesPanopticDataset': _metainfo(shapes),
    'ShapesFullPanopticDataset': _metainfo(shapes_full),
}
