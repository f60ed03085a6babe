import os
import signal

import pytest

from seg.runtime.parent_death import LAUNCHER_PID, end_with_launcher, end_with_parent


def end_of_child(action):
    """How a child process ends that does this: 0, or the signal that ended it."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        action()
    finally:
        os._exit(0)


def test_a_process_whose_parent_is_gone_already_ends():
    parent = os.getpid()
    assert end_of_child(lambda: end_with_parent(signal.SIGKILL, parent)) == 0
    assert end_of_child(lambda: end_with_parent(signal.SIGKILL, parent + 1)) == signal.SIGKILL


@pytest.mark.parametrize(('offset', 'end'), [(0, 0), (1, signal.SIGTERM)])
def test_a_process_whose_launcher_is_gone_already_ends(monkeypatch, offset, end):
    monkeypatch.setenv(LAUNCHER_PID, str(os.getpid() + offset))
    assert end_of_child(end_with_launcher) == end


def test_what_a_launched_process_starts_is_not_the_launchers(monkeypatch):
    monkeypatch.setenv(LAUNCHER_PID, str(os.getppid()))
    end_with_launcher()
    assert LAUNCHER_PID not in os.environ
