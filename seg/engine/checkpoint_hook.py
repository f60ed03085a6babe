"""Saving checkpoints whole or not at all."""

import os
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook

from seg.registry import HOOKS


@register_backend('atomic', force=True)
class AtomicBackend(LocalBackend):
    """The local disk, where a file appears complete or not at all."""

    def put(self, obj: bytes, filepath: str | os.PathLike) -> None:
        """Write bytes beside ``filepath``, then give them its name."""
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Always the same, so that the resumed training overwrites what a kill left.
        partial = path.with_name(f'.{path.name}.partial')
        try:
            with partial.open('wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """mmengine's hook, which writes in place, where a kill leaves half a file, with a safe writer.

    Args:
        backend_args: Defaults to the local disk with atomic writes; give another for remote storage.
        kwargs: As of ``CheckpointHook``.
    """

    def __init__(self, *, backend_args: dict | None = None, **kwargs) -> None:
        super().__init__(backend_args=backend_args or dict(backend='atomic'), **kwargs)
