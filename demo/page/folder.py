"""The folder of a running page: uploads, answers and examples."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = 'rps-page-'


@contextmanager
def page_folder() -> Iterator[Path]:
    """A temporary folder, removed at the end; those that killed pages have left are removed first.

    A page holds a lock on its folder, which ends with its process, however that ends.
    """
    root = Path(tempfile.gettempdir())
    for folder in root.glob(f'{_PREFIX}*'):
        _remove_unless_locked(folder)
    made = Path(tempfile.mkdtemp(prefix='rps-new-'))
    lock = _lock(made)
    # Under its name only now: without its lock another page would take it for one left behind.
    folder = made.rename(root / made.name.replace('rps-new-', _PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_unless_locked(folder: Path) -> None:
    try:
        lock = _lock(folder)
    except OSError:  # in use, or another user's
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def _lock(folder: Path) -> int:
    """Lock a folder.

    Raises:
        OSError: If another process has done so.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened
