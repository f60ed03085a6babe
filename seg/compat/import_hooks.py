"""Lets modules of others be executed within a context, whenever they are imported."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

Context = Callable[[], AbstractContextManager[None]]

_CONTEXTS: dict[str, Context] = {}


def execute_within(contexts: Mapping[str, Context]) -> None:
    """Execute modules within contexts.

    Imports nothing, and does nothing the second time.

    Args:
        contexts: By the full names of the modules, which are not imported yet.
    """
    _CONTEXTS.update(contexts)
    if _ContextFinder not in sys.meta_path:
        sys.meta_path.insert(0, _ContextFinder)


class _ContextFinder:
    """Finds these modules where they are. The class itself goes on ``sys.meta_path``."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _CONTEXTS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            _execute_within(_CONTEXTS[name], spec.loader)
        return spec


def _execute_within(context: Context, loader) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        with context():
            execute(module)

    loader.exec_module = exec_module
