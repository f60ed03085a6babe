"""When the system gets pages of memory back: early those of files, late those that are used again."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# Of glibc's malloc.h: size of a block that has pages of its own, and of the free memory that is kept.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1
_SETTINGS = ('MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES')
_PAGEOUT = getattr(mmap, 'MADV_PAGEOUT', 21)  # Linux 5.4; in Python's mmap from 3.14 on


def keep_freed_memory() -> None:
    """Let this process keep up to 256 MB that it frees, to use them again.

    glibc gives large blocks back to the system at once; who allocates the same again and again, as layers
    do, then waits for new pages each time. Nothing happens where malloc is another one, or the
    environment has its own settings for glibc.
    """
    if sys.platform != 'linux' or any(name in os.environ for name in _SETTINGS):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # a Python that is one file; another libc
        return
    for largest in (64 << 20, 32 << 20):  # an older glibc takes no more than the second
        if mallopt(_M_MMAP_THRESHOLD, largest):
            break
    mallopt(_M_TRIM_THRESHOLD, 256 << 20)


def page_out(*tensors: Tensor) -> int:
    """Let the system take back the pages of those tensors that lie in mapped files.

    Their values stay as they are: the pages are read again where they are next used.

    Returns:
        How many tensors the system, Linux from 5.4 on, took the hint for: none elsewhere, and none
        that has memory of its own or fills no page.
    """
    if sys.platform != 'linux':
        return 0
    files = _mapped_files()
    starts = [start for start, _ in files]
    taken = 0
    for values in tensors:
        if values.device.type != 'cpu':
            continue
        start = -(-values.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
        stop = (values.data_ptr() + values.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
        place = bisect_right(starts, start) - 1
        if start < stop and place >= 0 and stop <= files[place][1]:
            size = ctypes.c_size_t(stop - start)
            taken += ctypes.CDLL(None).madvise(ctypes.c_void_p(start), size, _PAGEOUT) == 0
    return taken


def _mapped_files() -> list[tuple[int, int]]:
    """First address and the one after the last, of each mapping of a file, ascending."""
    try:
        lines = Path('/proc/self/maps').read_text().splitlines()
    except OSError:  # a system without /proc
        return []
    found = []
    for line in lines:
        addresses, _, _, _, inode, *_ = line.split()
        if inode != '0':
            start, stop = (int(address, 16) for address in addresses.split('-'))
            found.append((start, stop))
    return found
