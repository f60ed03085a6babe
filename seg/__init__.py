"""RPS: real-time panoptic segmentation with an open vocabulary, as a plugin for mmengine and mmdet.

Importing ``seg`` imports neither torch nor the MM stack. It only prepares what happens when they
are imported: an mmcv without compiled ops finds a stand-in for them, notices about parts that are
not used here stay off the terminal, and a cache of yapf that is not whole ends no run.
:class:`Segmenter` and :class:`Segmentation`, what people use from Python, are imported when they
are asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seg.compat import guard_yapf_cache, install_mmcv_ops, silence_notices

if TYPE_CHECKING:
    from seg.apis.segmenter import Segmenter
    from seg.panoptic.segmentation import Segmentation

__version__ = '0.1.0'

_HOMES = {'Segmenter': 'seg.apis.segmenter', 'Segmentation': 'seg.panoptic.segmentation'}

install_mmcv_ops()
silence_notices()
guard_yapf_cache()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
