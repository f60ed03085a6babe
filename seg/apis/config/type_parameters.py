"""What a class that a config names can be given."""

import inspect
from typing import Any

from mmengine.utils import get_object_from_string

from seg.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS


def type_parameters(kind: Any) -> set[str]:
    """Names of the parameters of a config's ``type``, those that it hands on to its bases included.

    Args:
        kind: A class or a function, its dotted name, or its name in one of our registries.

    Returns:
        The names; none for a ``type`` that is not found.
    """
    if isinstance(kind, str):
        kind = get_object_from_string(kind) or _registered(kind)
    if not inspect.isclass(kind):
        return set(inspect.signature(kind).parameters) if callable(kind) else set()
    names: set[str] = set()
    for base in kind.__mro__:
        if '__init__' in vars(base):
            parameters = inspect.signature(vars(base)['__init__']).parameters
            names.update(parameters)
            if all(p.kind is not p.VAR_KEYWORD for p in parameters.values()):
                break
    return names


def _registered(name: str) -> Any:
    registries = (MODELS, DATASETS, TRANSFORMS, METRICS, HOOKS)
    return next((found for registry in registries if (found := registry.get(name))), None)
