"""Saving checkpoints so that a kill at any moment leaves the ones before."""

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook

import seg.runtime.atomic_backend  # noqa: F401  registers the backend
from seg.registry import HOOKS


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """mmengine's hook, with files that appear complete, and the best one removed only for a better.

    mmengine writes in place, where a kill leaves half a file under the name of a checkpoint, and
    removes the best checkpoint before it writes the next.

    Args:
        backend_args: Defaults to the local disk with atomic writes; give another for remote storage.
        kwargs: As of ``CheckpointHook``.
    """

    best_ckpt_path: str | None

    def __init__(self, *, backend_args: dict | None = None, **kwargs) -> None:
        super().__init__(backend_args=backend_args or dict(backend='atomic'), **kwargs)

    def _save_best_checkpoint(self, runner, metrics: dict) -> None:
        if getattr(self, 'best_ckpt_path', None) is None:  # none yet, or several measures
            super()._save_best_checkpoint(runner, metrics)
            return
        previous, self.best_ckpt_path = self.best_ckpt_path, None
        super()._save_best_checkpoint(runner, metrics)
        if self.best_ckpt_path is None:
            self.best_ckpt_path = previous
        elif self.best_ckpt_path != previous and is_main_process():
            if self.file_backend.isfile(previous):
                self.file_backend.remove(previous)
            runner.logger.info(f'The previous best checkpoint {previous} is removed')
