"""Datasets, registered in ``seg.registry.DATASETS``; each has a ``dataset_name``.

The dataset classes are imported when they are first asked for: mmdet takes seconds to import, and
the tools that make and check data sets, which live here too, need none of it.
"""

from importlib import import_module

_HOMES = {
    'ADE20KPanopticDataset': 'ade_ov',
    'CocoPanopticOVDataset': 'coco_ov',
    'ConcatOVDataset': 'concat_ov',
    'PanopticOVDataset': 'panoptic_ov',
    'ShapesBasePanopticDataset': 'shapes_ov',
    'ShapesFullPanopticDataset': 'shapes_ov',
    'ShapesOpenPanopticDataset': 'shapes_ov',
    'ShapesPanopticDataset': 'shapes_ov',
}

__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'{__name__}.{_HOMES[name]}'), name)
