import multiprocessing
from types import SimpleNamespace

import torch
import torch.distributed as dist
from torch import nn

from seg.engine.hooks.norm_statistics_hook import NormStatisticsHook
from seg.runtime.launch import leave_process_group


def _one_rank(rank, store, results):
    dist.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    model = nn.Sequential(nn.BatchNorm1d(2), nn.BatchNorm1d(2, track_running_stats=False))
    model[0](torch.full((4, 2), 10.0 * rank))  # momentum 0.1: means 0 and 1
    model.register_buffer('constant', torch.tensor(float(rank)))
    runner = SimpleNamespace(model=model, train_dataloader=range(3))
    means = []
    for batch in range(3):
        NormStatisticsHook().after_train_iter(runner, batch)
        means.append(model[0].running_mean.tolist())
    results.put((rank, means, float(model.constant)))
    leave_process_group()


def test_statistics_are_averaged_after_the_last_iteration_and_nothing_else_is(tmp_path):
    context = multiprocessing.get_context('fork')
    results = context.Queue()
    ranks = [
        context.Process(target=_one_rank, args=(rank, tmp_path / 'store', results))
        for rank in range(2)
    ]
    for process in ranks:
        process.start()
    found = sorted(results.get(timeout=60) for _ in ranks)
    for process in ranks:
        process.join()
    assert found == [
        (0, [[0, 0], [0, 0], [0.5, 0.5]], 0.0),
        (1, [[1, 1], [1, 1], [0.5, 0.5]], 1.0),
    ]
