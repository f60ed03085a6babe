"""A progress bar for a test, with its rate and the time that is left."""

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from tqdm import tqdm

from seg.registry import HOOKS


@HOOKS.register_module()
class ProgressHook(Hook):
    """Shows how many batches of a test are done; nothing where stderr is no terminal.

    Args:
        name: What is tested, before the bar. Defaults to 'testing'.
    """

    def __init__(self, name: str = 'testing') -> None:
        self.name = name
        self._bar: tqdm | None = None

    def before_test(self, runner) -> None:
        """Show an empty bar."""
        total = len(runner.test_loop.dataloader)
        hidden = None if is_main_process() else True
        self._bar = tqdm(total=total, desc=self.name, unit='batch', disable=hidden)

    def after_test_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Count a batch."""
        if self._bar is not None:
            self._bar.update()

    def after_test(self, runner) -> None:
        """Leave the full bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
