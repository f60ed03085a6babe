"""Giving memory back that the system can read again from a file."""

import ctypes
import mmap

from torch import Tensor

_PAGEOUT = getattr(mmap, 'MADV_PAGEOUT', 21)  # Linux 5.4; in Python's mmap from 3.14 on


def page_out(values: Tensor) -> None:
    """Let the system take back the pages of a tensor on the CPU, which stays as it is.

    The pages of a mapped file are read again where they are next used, from the system's cache; those
    of other memory stay where there is no swap. A hint: where the system knows none such, nothing
    happens.
    """
    size = values.untyped_storage().nbytes() if values.device.type == 'cpu' else 0
    start = -(-values.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
    stop = (values.data_ptr() + values.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
    if size and stop > start:
        madvise = getattr(ctypes.CDLL(None), 'madvise', None)
        if madvise is not None:
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(stop - start), _PAGEOUT)
