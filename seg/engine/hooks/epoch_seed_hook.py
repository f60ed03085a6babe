"""Randomness that a resumed training shares with one that was never interrupted."""

import random
from typing import Any

import numpy as np
import torch
from mmengine.dist import broadcast, get_rank
from mmengine.hooks import Hook

from seg.engine.data_workers import close_workers
from seg.registry import HOOKS


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Makes the random numbers of an epoch a function of seed, epoch and rank, and of nothing else.

    At the start of each epoch, Python, NumPy and PyTorch are seeded anew in every process: for point
    sampling and dropout here, and through PyTorch's own seeding for augmentations in the data
    workers, which start afresh. Samplers get the seed of the checkpoint; the Runner builds them
    before it reads one. So a training resumed from ``epoch_N.pth`` sees the numbers of epoch N + 1
    that the uninterrupted one saw.

    Ranks draw different numbers, and epochs do.
    """

    # Before everything that may draw a number.
    priority = 'VERY_HIGH'

    def before_train(self, runner) -> None:
        """Agree on rank 0's seed, which is the checkpoint's by now."""
        seed = torch.tensor(runner.seed)
        broadcast(seed)
        self._seed = int(seed)

    def before_train_epoch(self, runner) -> None:
        """Seed this process, the samplers, and the workers that the epoch will start."""
        loader = runner.train_loop.dataloader
        samplers: list[Any] = [loader.sampler, getattr(loader.batch_sampler, 'sampler', None)]
        for sampler in samplers:
            if hasattr(sampler, 'seed'):
                sampler.seed = self._seed
        close_workers(loader)
        # mmengine's function would give the workers of all epochs the same numbers; without it,
        # PyTorch derives theirs from this process's.
        loader.worker_init_fn = None
        _seed_everything(epoch_seed(self._seed, runner.epoch, get_rank()))


def epoch_seed(seed: int, epoch: int, rank: int) -> int:
    """A seed of 32 bits; neighbouring arguments give unrelated ones."""
    return int(np.random.SeedSequence([seed, epoch, rank]).generate_state(1)[0])


def _seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)  # of all devices
