import time

import pytest

from seg.datasets.parallel import available_cpus, parallel_map


def square(number):
    time.sleep(0.02 * (number == 0))  # the first is done last
    return number * number


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
