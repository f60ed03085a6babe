import os
import signal
import time

import psutil
import pytest

from seg.runtime.parallel import available_cpus, parallel_map


def square(number):
    time.sleep(0.02 * (number == 0))  # the first is done last
    return number * number


def wait(file):
    file.touch()
    time.sleep(600)


def fail(number):
    raise ValueError(f'number {number}')


@pytest.mark.parametrize('workers', [1, 2])
def test_results_come_in_order(workers):
    found = parallel_map(square, range(70), workers=workers, description='squares')
    assert list(found) == [number * number for number in range(70)]


@pytest.mark.parametrize('workers', [1, 2])
def test_an_error_is_raised_here(workers):
    with pytest.raises(ValueError, match='number 0'):
        list(parallel_map(fail, range(9), workers=workers, description='numbers'))


def test_no_progress_bar_without_a_terminal(capfd):
    list(parallel_map(square, range(3), workers=1, description='squares'))
    assert capfd.readouterr().err == ''


def test_there_is_a_cpu():
    assert available_cpus() >= 1


def test_processes_end_with_the_one_that_started_them(tmp_path):
    files = [tmp_path / 'a', tmp_path / 'b']
    child = os.fork()
    if not child:
        list(parallel_map(wait, files, workers=2, description='files'))
        os._exit(0)
    while not all(file.exists() for file in files):
        time.sleep(0.01)
    workers = psutil.Process(child).children()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(workers) == 2 and not psutil.wait_procs(workers, timeout=30)[1]
