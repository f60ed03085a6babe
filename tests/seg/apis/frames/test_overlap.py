import threading

import pytest

from seg.apis.frames.overlap import ReadAhead, SideBySide, WriteBehind


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def broken(count):
    yield from range(count)
    raise OSError('broken')


def test_items_come_in_order_and_only_a_few_are_read_ahead():
    read = []
    with ReadAhead(read.append(number) or number for number in range(50)) as reading:
        items = iter(reading)
        assert [next(items) for _ in range(3)] == [0, 1, 2]
    assert 3 <= len(read) < 15


def test_what_a_reader_raises_comes_after_what_it_read():
    found = []
    with pytest.raises(OSError, match='broken'), ReadAhead(broken(9)) as reading:
        for number in reading:
            found.append(number)
    assert found == list(range(9))


def test_a_reader_is_stopped_while_it_waits():
    begun, may_end = threading.Event(), threading.Event()

    def waiting():
        yield 0
        begun.set()
        may_end.wait(10)
        yield 1

    def is_stopped():
        if begun.is_set():
            may_end.set()
        return begun.is_set()

    with ReadAhead(waiting(), is_stopped) as reading:
        assert list(reading) in ([], [0])


def test_of_what_comes_too_fast_the_newest_is_kept():
    all_read = threading.Event()

    def fast():
        yield from range(20)
        all_read.set()
        yield 20

    with ReadAhead(fast(), keeps_newest=True) as reading:
        all_read.wait(10)
        found = list(reading)
    assert found[-1] == 20 and len(found) + reading.dropped == 21 and reading.dropped > 10


def test_all_is_written_in_order_at_the_end_of_the_block():
    written = []
    with WriteBehind(written.append) as writing:
        for number in range(30):
            writing.put(number)
    assert written == list(range(30))


@pytest.mark.parametrize('count', [1, 100])
def test_what_a_writer_raises_is_raised_where_it_is_given(count):
    def write(number):
        raise OSError(f'no {number}')

    with pytest.raises(OSError, match='no 0'), WriteBehind(write) as writing:
        for number in range(count):
            writing.put(number)


def test_where_the_block_raises_the_rest_is_left_out():
    may_go, written = threading.Event(), []

    def write(number):
        may_go.wait(10)
        written.append(number)

    with pytest.raises(ValueError, match='mine'), WriteBehind(write) as writing:
        for number in range(3):
            writing.put(number)
        threading.Timer(0.2, may_go.set).start()
        raise ValueError('mine')
    assert len(written) <= 1


def test_several_are_at_work_at_once_and_their_results_are_in_order():
    meeting = threading.Barrier(3, timeout=20)

    def work(number):
        meeting.wait()
        return number, threading.current_thread().name

    prepared = []
    with SideBySide(work, 3, lambda: prepared.append(1)) as models:
        results = list(models.map(range(9)))
    assert [number for number, _ in results] == list(range(9))
    assert len({name for _, name in results}) == len(prepared) == 3


def test_only_a_few_are_begun_ahead():
    taken = []
    with SideBySide(str, 2) as models:
        results = models.map(taken.append(number) or number for number in range(50))
        assert [next(results) for _ in range(4)] == ['0', '1', '2', '3']
    assert len(taken) < 10


def test_one_works_where_its_results_are_taken():
    with SideBySide(lambda _: threading.current_thread(), 1) as models:
        assert set(models.map(range(3))) == {threading.current_thread()}


@pytest.mark.parametrize('count', [1, 3])
def test_what_work_raises_comes_in_its_place(count):
    def work(number):
        if number == 4:
            raise ValueError('four')
        return number

    found = []
    with pytest.raises(ValueError, match='four'), SideBySide(work, count) as models:
        for number in models.map(range(9)):
            found.append(number)
    assert found == list(range(4))
