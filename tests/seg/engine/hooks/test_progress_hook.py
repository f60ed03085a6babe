"""A bar in a terminal, words in a pipe."""

import io
import logging
import sys
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import EpochBasedTrainLoop

from seg.engine.hooks import ProgressHook
from seg.engine.terminal import Terminal, terminal_of


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


def a_runner(stream, *, done=0, total=4):
    logger = logging.Logger('a')
    logger.addHandler(Terminal(stream))
    scalars = {'train/loss': HistoryBuffer([2.5], [1]), 'train/time': HistoryBuffer([1800.0], [1])}
    return SimpleNamespace(
        logger=logger,
        iter=done,
        max_iters=total,
        epoch=2 * done // total,
        max_epochs=2,
        train_dataloader=range(total // 2),
        train_loop=EpochBasedTrainLoop.__new__(EpochBasedTrainLoop),
        val_dataloader=range(3),
        model=torch.nn.Linear(1, 1),
        message_hub=SimpleNamespace(log_scalars=scalars),
    )


def train(hook, runner, steps):
    hook.before_train(runner)
    for step in range(steps):
        hook.after_train_iter(runner, step)
        runner.iter += 1
    hook.before_val_epoch(runner)
    for batch in range(3):
        hook.after_val_iter(runner, batch)
    hook.after_val_epoch(runner, {'PQ': 12.34})


def test_a_terminal_has_a_bar(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, 'stderr', screen)
    hook, runner = ProgressHook(), a_runner(screen)
    train(hook, runner, 2)
    assert terminal_of(runner.logger).has_bar
    assert terminal_of(runner.logger).is_brief
    hook.after_train_iter(runner, 0)
    hook.after_train(runner)
    shown = screen.getvalue().replace('\r', '\n')
    assert 'validating:   0%' in shown
    assert 'loss=2.5, PQ=12.3' in shown.rpartition('validating')[2]  # at once, not a step later
    assert '3/4' in shown.splitlines()[-1]
    assert 'loss=2.5, PQ=12.3' in shown.splitlines()[-1]


def test_a_pipe_has_none(monkeypatch):
    pipe, errors = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, 'stderr', errors)
    hook, runner = ProgressHook(), a_runner(pipe)
    train(hook, runner, 4)
    hook.after_train(runner)
    assert not terminal_of(runner.logger).has_bar
    assert pipe.getvalue() == errors.getvalue() == ''


def test_after_a_minute_the_time_that_is_left_is_said_once():
    said = io.StringIO()
    train(ProgressHook(estimate_after=0), a_runner(said, total=8), 3)
    assert said.getvalue().count('\n') == 1
    assert '1800.00 s a step: 3 h 30 min are left' in said.getvalue()
    assert 'GiB of memory; a GPU' in said.getvalue()


@pytest.mark.parametrize(
    ('done', 'words'), [(0, ''), (2, 'resumed after step 2 of 4'), (4, 'train_cfg.max_epochs=3')]
)
def test_what_an_earlier_run_has_done_is_said(done, words):
    said = io.StringIO()
    ProgressHook().before_train(a_runner(said, done=done))
    assert words in said.getvalue()
    assert bool(said.getvalue()) == bool(words)


def test_the_epochs_that_are_left_count_in_batches_of_now():
    said = io.StringIO()
    runner = a_runner(said, done=2)
    runner.train_dataloader = range(5)  # the first epoch had two
    ProgressHook().before_train(runner)
    assert 'resumed after step 2 of 7' in said.getvalue()
    said.truncate(0)
    runner.iter, runner.epoch = 3, 2
    ProgressHook().before_train(runner)
    assert 'nothing is left to train: all 3 steps' in said.getvalue()


def test_a_bar_ends_in_the_middle(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, 'stderr', screen)
    hook, runner = ProgressHook(), a_runner(screen)
    hook.before_train(runner)
    hook.before_val_epoch(runner)
    hook.close()
    screen.write('error: no picture')
    assert screen.getvalue().endswith('\nerror: no picture')
