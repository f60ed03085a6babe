"""Giving memory back that the system can read again from a file."""

import ctypes
import mmap
import sys
from bisect import bisect_right
from pathlib import Path

from torch import Tensor

_PAGEOUT = getattr(mmap, 'MADV_PAGEOUT', 21)  # Linux 5.4; in Python's mmap from 3.14 on


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
    found = []
    for line in Path('/proc/self/maps').read_text().splitlines():
        addresses, _, _, _, inode, *_ = line.split()
        if inode != '0':
            start, stop = (int(address, 16) for address in addresses.split('-'))
            found.append((start, stop))
    return found
