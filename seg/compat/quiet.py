"""Keeps notices about parts of PyTorch and the MM stack that are not used here off the terminal."""

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from seg.compat.import_hooks import execute_within

ONEDL_NOTICE = 'Could not import OneDL. Skipping OneDL datasets.'
FASTER_COCO_NOTICE = 'faster_coco_eval is not installed'
TORCHSCRIPT_NOTICE = '`TorchScript` support for functional optimizers is deprecated'


def silence_notices() -> None:
    """Let imports skip the notices of this module, and those only.

    - onedl-mmdetection prints :data:`ONEDL_NOTICE` twice to whoever lacks the package of its own data
      set format: it is meant for a debug log, but written without a logger.
    - mmdet warns with :data:`FASTER_COCO_NOTICE` whenever ``mmdet.evaluation`` is imported, about a
      faster library for box metrics.
    - PyTorch 2.4 shows :data:`TORCHSCRIPT_NOTICE` whatever the filters say whenever mmengine is
      imported, about optimizers that nothing here uses.

    Imports nothing, and does nothing the second time.
    """
    execute_within(
        {
            'mmdet.datasets': _without_onedl_notice,
            'mmdet.evaluation.metrics.faster_coco_metric': _without_faster_coco_notice,
            'torch.distributed.optim': _without_torchscript_notice,
        }
    )


@contextmanager
def _without_onedl_notice() -> Iterator[None]:
    # The notice comes from print_log, which looks `print` up in its own module first. A name there,
    # for the time of this import, is seen by nothing else and leaves nothing behind.
    printer: Any = importlib.import_module('mmengine.logging.logger')
    printer.print = _print_unless_notice
    try:
        yield
    finally:
        del printer.print


def _print_unless_notice(*args, **kwargs) -> None:
    if args != (ONEDL_NOTICE,):
        print(*args, **kwargs)


@contextmanager
def _without_torchscript_notice() -> Iterator[None]:
    show = warnings.showwarning

    def show_unless_notice(message, *args, **kwargs) -> None:
        if not str(message).startswith(TORCHSCRIPT_NOTICE):
            show(message, *args, **kwargs)

    warnings.showwarning = show_unless_notice
    try:
        yield
    finally:
        warnings.showwarning = show


@contextmanager
def _without_faster_coco_notice() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message=FASTER_COCO_NOTICE)
        yield
