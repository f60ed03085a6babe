"""Batch norm's running statistics, the same in all processes."""

from mmengine.dist import all_reduce_params
from mmengine.hooks import Hook
from torch.nn.modules.batchnorm import _NormBase

from seg.registry import HOOKS


@HOOKS.register_module()
class NormStatisticsHook(Hook):
    """Averages running means and variances over the processes at the end of each epoch.

    Each process keeps its own while it trains. Without this, every process would validate with
    other statistics, and the checkpoint, which holds those of rank 0, would test to another PQ.
    """

    # Before EMAHook (NORMAL) copies the buffers of the epoch's last iteration.
    priority = 'ABOVE_NORMAL'

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Average after the last iteration of an epoch."""
        if not self.end_of_epoch(runner.train_dataloader, batch_idx):
            return
        layers = [m for m in runner.model.modules() if isinstance(m, _NormBase)]
        statistics = [s for m in layers for s in (m.running_mean, m.running_var) if s is not None]
        if statistics:
            all_reduce_params(statistics, op='mean')
