"""Files that appear complete or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write bytes beside ``path``, then give them its name; an interruption leaves the old file.

    Raises:
        OSError: If the file cannot be written; nothing is left then.
    """
    partial = path.with_name(f'.{path.name}-{os.getpid()}')
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
