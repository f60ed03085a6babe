"""Metainfo of our datasets by ``dataset_name``, for who needs names and not mmdet."""

from types import ModuleType
from typing import Any

from ext.class_names import ade20k_panoptic, coco_panoptic, shapes, shapes_full, shapes_open


def _metainfo(module: ModuleType) -> dict[str, Any]:
    return {
        'classes': module.CLASSES,
        'thing_classes': module.THINGS,
        'stuff_classes': module.STUFF,
        'category_names': module.NAMES,
        'palette': module.PALETTE,
    }


def _without(metainfo: dict[str, Any], unseen: tuple[str, ...]) -> dict[str, Any]:
    """The metainfo of a data set that leaves out some of the classes."""
    keep = [name not in unseen for name in metainfo['classes']]
    aligned = {
        key: tuple(value for value, kept in zip(metainfo[key], keep, strict=True) if kept)
        for key in ('classes', 'category_names', 'palette')
    }
    things = tuple(name for name in metainfo['thing_classes'] if name not in unseen)
    return {**metainfo, **aligned, 'thing_classes': things}


METAINFO: dict[str, dict[str, Any]] = {
    'ADE20KPanopticDataset': _metainfo(ade20k_panoptic),
    'CocoPanopticOVDataset': _metainfo(coco_panoptic),
    'ShapesPanopticDataset': _metainfo(shapes),
    'ShapesFullPanopticDataset': _metainfo(shapes_full),
    'ShapesBasePanopticDataset': _without(_metainfo(shapes_open), shapes_open.NOVEL),
    'ShapesOpenPanopticDataset': {
        **_metainfo(shapes_open),
        'unseen_classes': shapes_open.NOVEL,
    },
}
