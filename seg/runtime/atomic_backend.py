"""A file backend for mmengine that writes whole files."""

import os
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from seg.runtime.whole_files import write_whole


@register_backend('atomic', force=True)
class AtomicBackend(LocalBackend):
    """The local disk, where a file appears complete or not at all."""

    def put(self, obj: bytes, filepath: str | os.PathLike) -> None:
        """Write bytes beside ``filepath``, then give them its name."""
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, obj)
