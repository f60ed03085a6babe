"""Keeps a cache of yapf that is not whole from ending a run.

mmengine formats the text of a config with yapf, which keeps its grammar in the user's cache folder and renames
that file to its place before all of it is written. Of several processes that start together after an
installation, one may read it then (``EOFError: Ran out of input``); after a kill at that moment all do.
"""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.machinery import ModuleSpec, PathFinder
from pickle import UnpicklingError
from types import ModuleType
from typing import Any

_DRIVER = 'yapf_third_party._ylib2to3.pgen2.driver'


def guard_yapf_cache() -> None:
    """Let yapf make its grammar anew, and write it again, where the file of it is not whole.

    Imports nothing, and does nothing the second time.
    """
    if _DriverFinder in sys.meta_path:
        return
    sys.meta_path.insert(0, _DriverFinder)
    if _DRIVER in sys.modules:
        _guard(sys.modules[_DRIVER])


class _DriverFinder:
    """Finds yapf's module that reads the grammar where it is, and guards it once it is executed."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _DRIVER:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                _guard(module)

            loader.exec_module = exec_module
        return spec


def _guard(driver: Any) -> None:
    load: Callable[..., Any] = driver.load_grammar

    @wraps(load)
    def load_grammar(*args: Any, **kwargs: Any) -> Any:
        try:
            return load(*args, **kwargs)
        except (EOFError, UnpicklingError):
            return load(*args, **{**kwargs, 'force': True})

    driver.load_grammar = load_grammar
