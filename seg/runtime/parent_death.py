"""Processes that end with the process that started them, whatever ends that."""

import ctypes
import os
import signal
import sys

#: Where a launcher tells the processes that it starts its own process id.
LAUNCHER_PID = 'RPS_LAUNCHER_PID'
_PR_SET_PDEATHSIG = 1  # of prctl


def end_with_parent(number: signal.Signals, parent: int | None = None) -> None:
    """Have a signal sent to this process when its parent dies; on Linux, elsewhere nothing happens.

    A parent that is killed outright cannot end its children itself.

    Args:
        number: The signal.
        parent: Process id of the parent. Where it is given, a parent that has died before this call
            counts as well.
    """
    if sys.platform != 'linux':
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), number)


def end_with_launcher() -> None:
    """End by SIGTERM when the launcher dies, if ``tools/torchrun.py`` started this process.

    Called before the imports that take seconds: a launcher may die while they run.
    """
    launcher = os.environ.pop(LAUNCHER_PID, None)  # not for the processes that this one starts
    if launcher is not None:
        end_with_parent(signal.SIGTERM, int(launcher))
