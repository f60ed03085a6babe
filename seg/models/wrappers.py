"""Models inside others: of several processes, and of test-time augmentation."""

from typing import Any


def innermost(model: Any) -> Any:
    """The model that a runner was built with, without what is wrapped around it."""
    while hasattr(model, 'module'):
        model = model.module
    return model
