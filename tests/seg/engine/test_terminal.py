"""The terminal has what people want; the file has everything."""

import logging

import pytest

from seg.engine.terminal import TerminalFilter, quiet_terminal


def passes(message, file='/x/mmengine/hooks/logger_hook.py', level=logging.INFO):
    record = logging.LogRecord('mmengine', level, file, 1, message, (), None)
    return TerminalFilter().filter(record)


@pytest.mark.parametrize(
    ('message', 'file'),
    [
        ('Epoch(train) [1][50/100]  loss: 3.1', 'hooks/logger_hook.py'),
        ('Panoptic quality\n| PQ |\n', 'logging/logger.py'),
        ('The best checkpoint with 13.2 PQ', 'hooks/checkpoint_hook.py'),
    ],
)
def test_progress_and_results_are_shown(message, file):
    assert passes(message, f'/x/mmengine/{file}')


@pytest.mark.parametrize(
    ('message', 'file'),
    [
        ('Config:\nmodel = dict(', 'runner/runner.py'),
        ('Hooks will be executed in the following order:', 'runner/runner.py'),
        ('Saving checkpoint at 3 epochs', 'hooks/checkpoint_hook.py'),
        ('paramwise_options -- backbone.stem.weight:lr=1e-05', 'logging/logger.py'),
        ('Exp name: a_20260101', 'hooks/logger_hook.py'),
        ('Panoptic quality of each class\n' + '| wall |\n' * 150, 'logging/logger.py'),
    ],
)
def test_what_few_read_is_in_the_file_alone(message, file):
    assert not passes(message, f'/x/mmengine/{file}')


def test_what_our_own_files_say_is_shown():
    import seg.apis.runner

    assert passes('load_from a.pth: of 10 weights 9 match, 1 is missing', seg.apis.runner.__file__)


def test_warnings_are_shown_but_for_what_nobody_can_mend():
    assert passes('no checkpoint in work', '/x/runner/runner.py', logging.WARNING)
    assert not passes('"FileClient" will be deprecated in future', level=logging.WARNING)


def test_the_file_gets_what_the_terminal_does_not(tmp_path):
    logger = logging.Logger('a')
    terminal, file = logging.StreamHandler(), logging.FileHandler(tmp_path / 'log')
    shown = []
    terminal.emit = shown.append
    logger.addHandler(terminal)
    logger.addHandler(file)
    for _ in range(2):  # a second runner of the process has the same logger
        quiet_terminal(logger)
    assert [len(handler.filters) for handler in (terminal, file)] == [1, 0]
    logger.info('paramwise_options -- a')
    logger.info('Epoch(train) [1]')
    assert [record.getMessage() for record in shown] == ['Epoch(train) [1]']
    assert (tmp_path / 'log').read_text().count('\n') == 2
    file.close()
