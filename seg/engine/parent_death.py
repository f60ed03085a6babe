"""Processes that end with the process that started them, whatever ends that."""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # of prctl


def end_with_parent(number: signal.Signals) -> None:
    """Have a signal sent to this process when its parent dies; on Linux, elsewhere nothing happens.

    A parent that is killed outright cannot end its children itself.
    """
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
