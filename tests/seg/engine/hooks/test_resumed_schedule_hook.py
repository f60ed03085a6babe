import warnings

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from torch.utils.data import Dataset

from seg.engine.hooks.resumed_schedule_hook import ResumedScheduleHook
from seg.engine.safe_runner import SafeRunner

SCHEDULE = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=4),
    dict(type='CosineAnnealingLR', by_epoch=True, eta_min=1e-3, convert_to_iter_based=True),
    dict(type='MultiStepLR', by_epoch=True, milestones=[3], gamma=0.5),
]


class Numbers(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        return torch.tensor([float(index)])


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, inputs, mode):
        return {'loss': self.layer(inputs).square().mean()}

    def train_step(self, data, optim_wrapper):
        losses = self(data, mode='loss')
        optim_wrapper.update_params(losses['loss'])
        return losses


class Rates(Hook):
    def __init__(self):
        self.rates = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.rates.append([group['lr'] for group in runner.optim_wrapper.param_groups])


def train(work, epochs, *, several_groups=False, resume=None, warm_up=4, **options):
    """The learning rates of each iteration."""
    wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9))
    if several_groups:
        wrapper['paramwise_cfg'] = dict(bias_lr_mult=2.0)
    runner = SafeRunner(
        model=Line(),
        work_dir=str(work),
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            dataset=Numbers(),
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=wrapper,
        param_scheduler=[{**SCHEDULE[0], 'end': warm_up}, *SCHEDULE[1:]],
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        default_scope='mmengine',
        experiment_name=f'{work.name}{epochs}{resume is None}{options}',
        resume=resume is not None,
        load_from=resume and str(resume),
        log_level='ERROR',
    )
    rates = Rates()
    runner.register_hook(rates)
    runner.register_hook(ResumedScheduleHook(**options))
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'The model and loss|`data_preprocessor`')
        runner.train()
    return rates.rates


@pytest.mark.parametrize('several_groups', [False, True])
def test_the_new_schedule_goes_on_as_if_planned_so_from_the_start(tmp_path, several_groups):
    expected = train(tmp_path / 'whole', 5, several_groups=several_groups)
    train(tmp_path / 'short', 2, several_groups=several_groups)
    found = train(
        *(tmp_path / 'short', 5),
        several_groups=several_groups,
        resume=tmp_path / 'short/epoch_2.pth',
        new_schedule=True,
    )
    assert len(expected) == 15
    torch.testing.assert_close(torch.tensor(found), torch.tensor(expected[6:]))


def test_a_schedule_made_for_fewer_epochs_is_named_in_a_warning(tmp_path):
    train(tmp_path, 2)
    with pytest.warns(UserWarning, match='made for 2 epochs and not for 4; .* --new-schedule'):
        rates = train(tmp_path, 4, resume=tmp_path / 'epoch_2.pth')
    assert rates[1:4] == [rates[1]] * 3  # the rate stands still, as was said


def test_a_training_that_is_resumed_as_planned_has_nothing_to_say(tmp_path, recwarn):
    whole = train(tmp_path, 3)
    assert train(tmp_path, 3, resume=tmp_path / 'epoch_2.pth') == whole[6:]
    assert not [w for w in recwarn if 'schedule' in str(w.message)]


def test_a_warm_up_longer_than_the_training_is_not_its_length(tmp_path):
    train(tmp_path, 2, warm_up=100)
    with pytest.warns(UserWarning, match='made for 2 epochs and not for 4;'):
        train(tmp_path, 4, warm_up=100, resume=tmp_path / 'epoch_2.pth')
