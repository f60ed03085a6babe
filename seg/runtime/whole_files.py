"""Files and folders that appear complete or not at all, whatever ends the process that writes them.

They are written beside their place, as ``.NAME.partial``, and renamed. The name is always the same,
so the next writer takes the place of what a killed one left, and a lock keeps two writers apart.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout


def require_writable(path: Path) -> None:
    """Make the folder of a file and see that it can be written, before long work.

    Raises:
        OSError: If it cannot.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path, b''):
        pass


def write_whole(path: Path, content: bytes) -> None:
    """Write bytes beside ``path``, then give them its name; an interruption leaves the old file.

    The folder is made where it is missing.

    Raises:
        OSError: If the file cannot be written; names it. Nothing is left then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path, content) as partial:
            partial.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise OSError(f'cannot write {path}: {error.strerror or error}') from None


@contextmanager
def writing_file(path: Path) -> Iterator[BinaryIO]:
    """Fill a file that takes the place of ``path`` at the end of the block; it can seek.

    A block that fails, or an interruption, leaves the old file, or none. The folder is made where it is missing.

    Raises:
        OSError: If it cannot be written, or another process is writing it; names it.
    """
    is_begun = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            locked(_lock_file(path), f'{path} is being written by another process'),
            _beside(path, b'') as partial,
        ):
            with partial.open('r+b') as file:
                is_begun = True
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        _sync_folder(path.parent)
    except BlockingIOError:
        raise
    except OSError as error:
        if is_begun and error.filename != str(path):  # the block's own
            raise
        raise OSError(f'cannot write {path}: {error.strerror or error}') from None


def write_whole_pair(path: Path, content: bytes, record: Path, text: str) -> None:
    """Write a file and the record that describes it, so that the two always belong together.

    Both are written beside their places first. Then the old file goes, the record takes its place,
    and the file appears last: an interruption leaves the old pair, no file, or the new pair.

    Args:
        path: The file.
        content: Its bytes.
        record: The file of the record.
        text: The record.

    Raises:
        OSError: If one cannot be written; nothing new is left then.
    """
    with _beside(path, content) as new, _beside(record, text.encode()) as new_record:
        path.unlink(missing_ok=True)
        new_record.replace(record)
        new.replace(path)
    _sync_folder(path.parent)


@contextmanager
def writing_folder(folder: Path) -> Iterator[Path]:
    """Fill a new folder that takes the place of ``folder`` at the end of the block.

    An interruption leaves the old folder, none, or the new one. Where ``folder`` is a link, the folder
    that it leads to is replaced.

    Raises:
        OSError: If it cannot be written, or another process is writing it.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _only_writer(folder), _naming(folder):
        partial, old = _beside_folder(folder)
        partial.mkdir()
        try:
            yield partial
            if folder.exists():  # renamed at once; removing it takes a while
                folder.rename(old)
            partial.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder, so that an interruption leaves all of it or nothing under its name."""
    with _only_writer(folder):
        _, old = _beside_folder(folder)
        with suppress(FileNotFoundError):
            folder.rename(old)
        shutil.rmtree(old, ignore_errors=True)


def remove_leftovers(path: Path) -> None:
    """Remove what a killed process left beside a file or folder that it wrote."""
    if _partial(path).is_file():
        require_writable(path)
    elif any(left.exists() for left in (*_beside_folder(path), _lock_file(path))):
        with _only_writer(path):
            pass


def remove_partials(folder: Path) -> None:
    """Remove the files in a folder that killed processes were writing; nobody may be writing now."""
    for partial in folder.glob('.*.partial'):
        partial.unlink()


@contextmanager
def locked(file: Path, otherwise: str) -> Iterator[None]:
    """Hold a lock file, which ends with this process at the latest.

    Args:
        file: The lock file; gone afterwards.
        otherwise: What to say where another process holds it.

    Raises:
        BlockingIOError: If another process holds it.
    """
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BlockingIOError(otherwise) from None
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    with locked(_lock_file(folder), f'{folder} is being written by another process'):
        for leftover in _beside_folder(folder):
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def _beside_folder(folder: Path) -> tuple[Path, Path]:
    """Where a folder is while it is written, and while it is removed."""
    return _partial(folder), folder.with_name(f'.{folder.name}.old')


def _lock_file(folder: Path) -> Path:
    return folder.with_name(f'.{folder.name}.lock')


def _partial(path: Path) -> Path:
    return path.with_name(f'.{path.name}.partial')


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """Bytes in a file beside ``path``, safe on the disk; removed unless the block renames it."""
    partial = _partial(path)
    with _naming(path), _open_alone(partial) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            yield partial
        finally:
            if _is_called(file, partial):
                partial.unlink()


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name what was written in the errors of a block that name no file, as those of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def _open_alone(path: Path) -> Iterator[BinaryIO]:
    """A new or emptied file that no other process is writing; waits until that is so."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, 'wb') as file:
            with suppress(OSError):  # some network file systems have no locks
                fcntl.flock(file, fcntl.LOCK_EX)
            if _is_called(file, path):  # else its writer has renamed it meanwhile
                file.truncate(0)
                yield file
                return


def _is_called(file: BinaryIO, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
