"""Files that appear complete or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write bytes beside ``path``, then give them its name; an interruption leaves the old file.

    Raises:
        OSError: If the file cannot be written; names it. Nothing is left then.
    """
    partial = path.with_name(f'.{path.name}-{os.getpid()}')
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:  # of a full disk it does not name the file
        raise OSError(f'cannot write {path}: {error.strerror or error}') from None
    finally:
        partial.unlink(missing_ok=True)
