"""Learning rates of a training that goes on for longer than it was planned for."""

import warnings

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.optim import _ParamScheduler
from mmengine.runner import Runner

from seg.registry import HOOKS


@HOOKS.register_module()
class ResumedScheduleHook(Hook):
    """Says when a resumed schedule was made for another number of epochs, or takes the new one.

    A checkpoint holds its schedule, end included, and mmengine resumes that whatever the config
    says: the learning rate stays at its last value for every epoch more.

    Args:
        new_schedule: Whether to go on with the config's schedule, at the step it would be at.
    """

    def __init__(self, *, new_schedule: bool = False) -> None:
        self.new_schedule = new_schedule

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the schedules of checkpoint and config, or put the config's in its place."""
        schedulers = runner.param_schedulers
        if not runner._resume or not isinstance(schedulers, list):
            return
        epoch, iteration = checkpoint['meta']['epoch'], checkpoint['meta']['iter']
        if self.new_schedule:
            _advance(schedulers, epoch, iteration)
            checkpoint['param_schedulers'] = [own.state_dict() for own in schedulers]
            _replace_values(checkpoint['optimizer'], runner, schedulers)
            return
        own = [scheduler.state_dict() for scheduler in schedulers]
        # A warm-up has the same end in both, which may lie beyond that of a short training.
        changed = [
            (old, new)
            for old, new in zip(checkpoint.get('param_schedulers', ()), own)  # noqa: B905
            if old['end'] != new['end']
        ]
        saved = _epochs([old for old, _ in changed], iteration / max(epoch, 1))
        wanted = _epochs([new for _, new in changed], len(runner.train_dataloader))
        if epoch and saved != wanted and is_main_process():
            warnings.warn(
                f'the learning rate follows the schedule of the checkpoint, which was made for '
                f'{saved:g} epochs and not for {wanted:g}; after its end the rate no longer '
                'changes; --new-schedule uses the schedule of this config',
                stacklevel=2,
            )


def _advance(schedulers: list[_ParamScheduler], epochs: int, iterations: int) -> None:
    """Step new schedulers as ``ParamSchedulerHook`` would have done up to here."""
    length = iterations // epochs if epochs else iterations + 1
    with warnings.catch_warnings():  # of schedulers that step before their optimizer
        warnings.simplefilter('ignore')
        for iteration in range(1, iterations + 1):
            for scheduler in schedulers:
                if not scheduler.by_epoch or iteration % length == 0:
                    scheduler.step()


def _replace_values(saved: dict, runner: Runner, schedulers: list[_ParamScheduler]) -> None:
    """Put what the schedulers set into the state of an optimizer."""
    names = {scheduler.param_name for scheduler in schedulers}
    keys = names | {f'initial_{name}' for name in names}
    current = runner.optim_wrapper.state_dict()
    for old, new in zip(_groups(saved), _groups(current), strict=True):
        old.update({key: new[key] for key in keys if key in new})


def _groups(state: dict) -> list[dict]:
    base = state.get('base_param_settings')  # of several groups, mmengine's record for the log
    return [*state['param_groups'], *([base] if base else [])]


def _epochs(states: list[dict], length: float) -> float:
    """How many epochs of ``length`` iterations schedulers are for; 0 if they have no end."""
    ends = [s['end'] if s['by_epoch'] else s['end'] / length for s in states]
    return round(max((end for end in ends if end < 10**8), default=0), 1)
