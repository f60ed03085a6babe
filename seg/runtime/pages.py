"""Giving memory back that the system can read again from a file."""

import ctypes
import mmap
import sys

from torch import Tensor

_PAGEOUT = getattr(mmap, 'MADV_PAGEOUT', 21)  # Linux 5.4; in Python's mmap from 3.14 on


def page_out(values: Tensor) -> bool:
    """Let the system take back the pages of a tensor on the CPU, which stays as it is.

    The pages of a mapped file are read again where they are next used, from the system's cache; those
    of other memory stay, or go to the swap where there is some.

    Returns:
        Whether the system, Linux from 5.4 on, took the hint; nothing happens elsewhere, or where the
        tensor fills no page.
    """
    if values.device.type != 'cpu' or sys.platform != 'linux':
        return False
    start = -(-values.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
    stop = (values.data_ptr() + values.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
    if stop <= start:
        return False
    size = ctypes.c_size_t(stop - start)
    return ctypes.CDLL(None).madvise(ctypes.c_void_p(start), size, _PAGEOUT) == 0
