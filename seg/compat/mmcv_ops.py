"""A stand-in for ``mmcv._ext``, the module of mmcv's compiled ops, where mmcv has none.

Every file of ``mmcv.ops`` asks ``mmcv._ext`` for its ops when it is imported, and most of mmdet
imports ``mmcv.ops``; so without the module not even mmdet's pure PyTorch models can be imported.
The stand-in has every op by name. What torchvision computes too, it serves
(:mod:`seg.compat.torchvision_ops`); any other op raises when it is called, not before.

Its finder is the last on ``sys.meta_path``: it is asked only after every other finder has failed,
so a compiled ``mmcv._ext`` always wins. One that is there but broken still raises its own error.

To get compiled ops, ``mim install onedl-mmcv`` fetches a wheel for the torch that is installed, if
there is one. To build them, pip must see that torch (``--no-build-isolation``) and must not reuse
the wheel without ops that it has kept (``--no-cache-dir``)::

    pip install --no-build-isolation --no-cache-dir --force-reinstall --no-deps onedl-mmcv

With a torch whose headers ask for C++20 (2.14's do) that ends in "C++20 or later compatible
compiler is required", because onedl-mmcv 2.3.6 asks for C++17. Unpack its source distribution,
replace ``c++17`` by ``c++20`` in ``setup.py``, and give the command that folder in place of
``onedl-mmcv``.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_SERVED = frozenset({'nms', 'roi_align_forward', 'roi_align_backward'})
_INFO = frozenset({'get_compiler_version', 'get_compiling_cuda_version'})


def install_mmcv_ops() -> None:
    """Let ``import mmcv._ext`` find the stand-in where it would otherwise fail.

    Imports nothing, and does nothing the second time.
    """
    if MissingOpsFinder not in sys.meta_path:
        sys.meta_path.append(MissingOpsFinder)


class MissingOpsFinder:
    """Finder and loader of the stand-in. The class itself goes on ``sys.meta_path``."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != 'mmcv._ext':
            return None
        # mmengine looks for compiled ops with importlib.util.find_spec, which raises on a loaded
        # module without a spec; the import system makes this one the module's __spec__.
        return ModuleSpec(name, cls, origin='seg.compat')  # type: ignore[arg-type]  # no instance

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        return StandInOps(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Do nothing: the module's content is made on demand."""


class StandInOps(ModuleType):
    """The module: makes an op the first time its name is asked for."""

    def __getattr__(self, name: str) -> Callable:
        # Underscored names are what the import system, inspect and pickle probe modules for.
        if name.startswith('_'):
            raise AttributeError(f'module {self.__name__!r} has no attribute {name!r}')
        if name in _SERVED:
            op = _served_op(name)
        elif name in _INFO:
            op = _no_compiler
        else:
            op = _missing_op(name)
        setattr(self, name, op)
        return op


def _served_op(name: str) -> Callable:
    def op(*args, **kwargs):
        # Here, so that importing mmdet does not take torchvision's second of import time.
        from seg.compat import torchvision_ops

        return getattr(torchvision_ops, name)(*args, **kwargs)

    return op


def _missing_op(name: str) -> Callable:
    def op(*args, **kwargs):
        raise RuntimeError(
            f'{name!r} is a compiled op, and the installed mmcv has no compiled ops. Install one '
            'that has: `pip install onedl-mim && mim install onedl-mmcv` (or `mim install mmcv`); '
            'seg/compat/mmcv_ops.py says how to build one.'
        )

    return op


def _no_compiler() -> str:
    return 'none (mmcv without compiled ops)'
