"""Keeps notices about parts of the MM stack that are not used here off the terminal."""

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

ONEDL_NOTICE = 'Could not import OneDL. Skipping OneDL datasets.'


def silence_onedl_notice() -> None:
    """Let ``import mmdet.datasets`` skip :data:`ONEDL_NOTICE`, and that line only.

    onedl-mmdetection prints it twice to whoever lacks the package of its own data set format: it is
    meant for a debug log, but written without a logger. Imports nothing, and does nothing the
    second time.
    """
    # Written whenever mmdet.evaluation is imported, about a faster library for box metrics.
    warnings.filterwarnings('ignore', message='faster_coco_eval is not installed')
    # PyTorch 2.4's, whenever mmengine is imported, about optimizers that nothing here uses.
    warnings.filterwarnings('ignore', message='`TorchScript` support for functional optimizers')
    if QuietDatasetsFinder not in sys.meta_path:
        sys.meta_path.insert(0, QuietDatasetsFinder)


class QuietDatasetsFinder:
    """Finds ``mmdet.datasets`` where it is, and drops the notice while it is executed."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != 'mmdet.datasets':
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            _filter_prints_while_executing(spec.loader)
        return spec


def _filter_prints_while_executing(loader) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        # The notice comes from print_log, which looks `print` up in its own module first. A name
        # there, for the time of this import, is seen by nothing else and leaves nothing behind.
        printer = importlib.import_module('mmengine.logging.logger')
        printer.print = _print_unless_notice
        try:
            execute(module)
        finally:
            del printer.print

    loader.exec_module = exec_module


def _print_unless_notice(*args, **kwargs) -> None:
    if args != (ONEDL_NOTICE,):
        print(*args, **kwargs)
