"""How far a training or a test is, and when it will be over."""

import sys
import time
from datetime import datetime, timedelta
from resource import RUSAGE_SELF, getrusage

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop
from tqdm import tqdm

from seg.engine.terminal import terminal_of
from seg.registry import HOOKS

#: Seconds that are left of a training on a CPU from which on a GPU is worth a word.
_LONG = 2 * 3600


@HOOKS.register_module()
class ProgressHook(Hook):
    """Shows a bar in a terminal, and after the first minute how long all of a training takes.

    Where the output is no terminal, mmengine's lines of every so many steps are what is seen. Tables of each
    class are for tests; those of a training's validations are in the log file, which has everything.

    Args:
        name: What is tested, before the bar. Defaults to 'testing'.
        estimate_after: Seconds of training before the line of time and memory. Defaults to 60.
    """

    priority = 'LOW'  # what it shows is known by then

    def __init__(self, name: str = 'testing', estimate_after: float = 60) -> None:
        self.name = name
        self.estimate_after = estimate_after
        self._steps: tqdm | None = None
        self._batches: tqdm | None = None
        self._start = 0.0
        self._total = 0
        self._figures: dict[str, str] = {}

    def before_train(self, runner) -> None:
        """Say what an earlier run has done of the training; show a bar."""
        done, total = runner.iter, _last_step(runner)
        self._total = total
        if done >= total:
            runner.logger.info(
                f'nothing is left to train: all {done:,} steps are done; {_longer(runner)} goes on'
            )
        elif done:
            runner.logger.info(f'resumed after step {done:,} of {total:,}')
        self._steps = _bar(runner, total=total, initial=done, desc='training', unit='step')
        self._start = time.monotonic()

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Count a step."""
        if self._steps is None:
            return
        loss = runner.message_hub.log_scalars.get('train/loss')
        if loss is not None:
            self._figures['loss'] = f'{loss.current():.3g}'
        self._steps.set_postfix(self._figures, refresh=False)
        self._steps.update()
        if self._start and time.monotonic() - self._start >= self.estimate_after:
            self._start = 0.0
            runner.logger.info(_estimate(runner, self._total - runner.iter - 1))

    def after_train(self, runner) -> None:
        """Leave the bar as it is."""
        self.close()

    def close(self) -> None:
        """End the bars, if need be in the middle: what is said next begins a line of its own."""
        self._close_batches()
        if self._steps is not None:
            self._steps.close()
            self._steps = None

    def before_val_epoch(self, runner) -> None:
        """Show a bar below that of the training."""
        terminal = terminal_of(runner.logger)
        if terminal is not None:
            terminal.is_brief = self._steps is not None
        total = len(runner.val_dataloader)
        self._batches = _bar(runner, total=total, desc='validating', unit='batch', leave=False)

    def after_val_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Count a batch."""
        self._count_batch()

    def after_val_epoch(self, runner, metrics=None) -> None:
        """Take the bar away, and keep the quality beside that of the training."""
        self._close_batches()
        if metrics and 'PQ' in metrics:
            self._figures['PQ'] = f'{metrics["PQ"]:.1f}'
        if self._steps is not None:
            self._steps.unpause()  # the rate is that of the steps
            self._steps.set_postfix(self._figures)

    def before_test(self, runner) -> None:
        """Show a bar."""
        total = len(runner.test_loop.dataloader)
        self._batches = _bar(runner, total=total, desc=self.name, unit='batch')

    def after_test_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Count a batch."""
        self._count_batch()

    def after_test(self, runner) -> None:
        """Leave the full bar."""
        self._close_batches()

    def _count_batch(self) -> None:
        if self._batches is not None:
            self._batches.update()

    def _close_batches(self) -> None:
        if self._batches is not None:
            self._batches.close()
            self._batches = None


def _bar(runner, **options) -> tqdm:
    """A bar of the main process, on standard error where that is a terminal."""
    terminal = terminal_of(runner.logger)
    hidden = None if is_main_process() and terminal is not None else True
    bar = tqdm(**options, disable=hidden, dynamic_ncols=True)
    if terminal is not None:
        terminal.has_bar = not bar.disable and terminal.stream.isatty()
    return bar


def _last_step(runner) -> int:
    """The number of steps at the end of a training, which may have begun with batches of another size."""
    if isinstance(runner.train_loop, EpochBasedTrainLoop):
        epochs = max(0, runner.max_epochs - runner.epoch)
        return runner.iter + epochs * len(runner.train_dataloader)
    return runner.max_iters


def _longer(runner) -> str:
    """The option that makes a training longer."""
    if isinstance(runner.train_loop, EpochBasedTrainLoop):
        return f'--cfg-options train_cfg.max_epochs={runner.max_epochs + 1}'
    return f'--cfg-options train_cfg.max_iters={runner.max_iters + 1}'


def _estimate(runner, steps: int) -> str:
    """When the steps that are left will be over, and the memory that they take, in words."""
    seconds = runner.message_hub.log_scalars['train/time'].mean()
    left = seconds * steps
    end = datetime.now() + timedelta(seconds=left)
    words = f'{seconds:.2f} s a step: {_duration(left)} are left but for validations, until {end:%a %H:%M}'
    device = next(runner.model.parameters()).device
    if device.type == 'cuda':
        peak = torch.cuda.max_memory_reserved(device) / 2**30
        return f'{words}; {peak:.1f} GiB of GPU memory'
    words = f'{words}; {_memory():.1f} GiB of memory'
    return f'{words}; a GPU would spare most of the time' if left > _LONG else words


def _memory() -> float:
    """The most that this process has had, without the workers that read pictures, in GiB."""
    peak = getrusage(RUSAGE_SELF).ru_maxrss
    return peak / 2**30 if sys.platform == 'darwin' else peak / 2**20  # KiB but for macOS


def _duration(seconds: float) -> str:
    """``3 h 20 min``, ``12 min``."""
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    return f'{hours} h {rest} min' if hours else f'{rest} min'
