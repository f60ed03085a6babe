import random

import numpy as np
import pytest
import torch
from mmengine.hooks import EMAHook, Hook
from mmengine.model import BaseModel
from torch import nn

from seg.engine.hooks.checkpoint_hook import AtomicCheckpointHook
from seg.engine.hooks.epoch_seed_hook import EpochSeedHook, epoch_seed
from seg.engine.safe_runner import SafeRunner


class Augmented:
    """Eight numbers, each with noise from every source that augmentations use."""

    metainfo = {}

    def __len__(self):
        return 8

    def __getitem__(self, index):
        noise = random.random() + np.random.rand() + torch.rand(()).item()
        return torch.tensor([float(index), noise])


class Noisy(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, inputs, mode):
        prediction = self.layer(nn.functional.dropout(inputs, 0.5))
        return {'loss': (prediction + torch.randn(())).pow(2).mean()}

    def train_step(self, data, optim_wrapper):
        losses = self(data, mode='loss')
        optim_wrapper.update_params(losses['loss'])
        return losses


class Losses(Hook):
    def __init__(self):
        self.seen = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.seen.append((runner.iter, outputs['loss'].item(), data_batch.tolist()))


def train(folder, epochs, *, workers, resume=None, seed=None):
    losses = Losses()
    torch.manual_seed(0)
    runner = SafeRunner(
        model=Noisy(),
        work_dir=str(folder),
        train_dataloader=dict(
            dataset=Augmented(),
            sampler=dict(type='DefaultSampler', shuffle=True),
            batch_size=2,
            num_workers=workers,
            persistent_workers=workers > 0,
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='AdamW', lr=0.1)),
        param_scheduler=dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=10),
        default_hooks=dict(
            checkpoint=dict(type=AtomicCheckpointHook, interval=1, save_best=None),
            epoch_seed=dict(type=EpochSeedHook),
        ),
        custom_hooks=[losses, EMAHook()],
        randomness=dict(seed=seed),
        load_from=resume and str(resume),
        resume=resume is not None,
        experiment_name=f'{folder.name}_{epochs}_{resume is not None}',
        default_scope='seg',
        log_level='ERROR',
    )
    runner.train()
    return losses.seen


@pytest.mark.parametrize('workers', [0, 2])
def test_a_resumed_training_is_the_uninterrupted_one(tmp_path, workers):
    whole = train(tmp_path / 'whole', 3, workers=workers)
    resumed = train(tmp_path / 'resumed', 3, workers=workers, resume=tmp_path / 'whole/epoch_1.pth')
    assert len(whole) == 12 and resumed == whole[4:]  # iteration, loss and data, to the last bit
    expected, found = (
        torch.load(tmp_path / name / 'epoch_3.pth', weights_only=False)
        for name in ('whole', 'resumed')
    )
    for part in ('state_dict', 'ema_state_dict'):
        assert expected[part].keys() == found[part].keys()
        assert all(torch.equal(expected[part][key], found[part][key]) for key in found[part])
    assert not torch.equal(
        found['state_dict']['layer.weight'], found['ema_state_dict']['module.layer.weight']
    )


def test_epochs_see_other_orders_and_other_noise(tmp_path):
    seen = train(tmp_path, 2, workers=2, seed=1)
    epochs = [[row for _, _, batch in seen[i : i + 4] for row in batch] for i in (0, 4)]
    order = [[index for index, _ in epoch] for epoch in epochs]
    assert sorted(order[0]) == sorted(order[1]) and order[0] != order[1]
    noise = [{noise for _, noise in epoch} for epoch in epochs]
    assert len(noise[0] | noise[1]) == 16


def test_seeds_differ_by_seed_epoch_and_rank_and_stay():
    seeds = {epoch_seed(s, e, r) for s in range(3) for e in range(20) for r in range(8)}
    assert len(seeds) == 3 * 20 * 8 and all(0 <= seed < 2**32 for seed in seeds)
    assert epoch_seed(1, 2, 3) == epoch_seed(1, 2, 3)
