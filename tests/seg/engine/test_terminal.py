"""The terminal has what people want; the file has everything."""

import io
import logging

import pytest

from seg.engine.terminal import Terminal, quiet_terminal, terminal_of


def passes(message, file='/x/mmengine/hooks/logger_hook.py', level=logging.INFO, **attributes):
    record = logging.LogRecord('mmengine', level, file, 1, message, (), None)
    terminal = Terminal(io.StringIO())
    vars(terminal).update(attributes)
    return bool(terminal.filter(record))


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


def test_steps_are_no_lines_where_a_bar_shows_them():
    step = (
        'Epoch(train)  [1][ 50/100]  lr: 1.0e-04  eta: 0:10:00  time: 0.3  data_time: 0.1  loss: 3'
    )
    assert passes(step)
    assert not passes(step, has_bar=True)


def test_numbers_of_a_validation_are_shown_once():
    line = 'Epoch(val) [2][8/8]    PQ: 5.1  SQ: 5.1  data_time: 0.1  time: 0.1'
    assert not passes(line)  # the table has them
    assert passes('Epoch(val) [2][8/8]    coco/bbox_mAP: 5.1  data_time: 0.1  time: 0.1')
    assert passes(line.replace('val', 'test'))  # for who reads the last line of a test


def test_tables_of_each_class_are_for_tests():
    table = 'Panoptic quality of each class\n| wall |'
    assert passes(table)
    assert not passes(table, is_brief=True)
    assert passes('Panoptic quality\n| all |', is_brief=True)


def test_the_file_gets_what_the_terminal_does_not(tmp_path):
    logger = logging.Logger('a')
    shown = io.StringIO()
    logger.addHandler(logging.StreamHandler(shown))
    file = logging.FileHandler(tmp_path / 'log')
    logger.addHandler(file)
    for _ in range(2):  # a second runner of the process has the same logger
        quiet_terminal(logger)
    assert terminal_of(logger) is logger.handlers[0]
    logger.info('paramwise_options -- a')
    logger.info(
        'Epoch(train) [1]  base_lr: 1e-5 lr: 1e-4  loss: 3.1  d0.loss_cls: 1.0  loss_mask: 2.0'
    )
    logger.info('Panoptic quality\n| all |')
    logger.warning('no checkpoint')
    step, *others = shown.getvalue().splitlines()
    assert step.split(' ', 1)[1] == 'Epoch(train) [1]  lr: 1e-4  loss: 3.1  loss_mask: 2.0'
    assert others == ['Panoptic quality', '| all |', 'warning: no checkpoint']
    assert (tmp_path / 'log').read_text().count('\n') == 5
    file.close()
