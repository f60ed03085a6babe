"""Datasets, registered in ``seg.registry.DATASETS``; each has a ``dataset_name``.

The dataset classes are imported when they are first asked for: mmdet takes seconds to import, and
the tools that make and check data sets, which live here too, need none of it.
"""

from importlib import import_module


def __getattr__(name: str):
    if not name.startswith('_'):
        for module in (
            'builtin',
            'panoptic_ov',
            'own_panoptic',
            'semantic_ov',
            'lvis',
            'concat_ov',
        ):
            found = vars(import_module(f'{__name__}.{module}')).get(name)
            if isinstance(found, type) and found.__module__.startswith(__name__):
                return found
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
