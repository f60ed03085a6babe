import subprocess
import sys
from pathlib import Path

import pytest

from seg.runtime.launch import init_distributed, on_rank_zero

ROOT = Path(__file__).parents[3]
LEAVES_OFTEN = """
import sys
import torch.distributed as dist
from seg.runtime.launch import leave_process_group

for turn in range(20):  # PyTorch 2.4 hangs in the first turns if nothing is done about it
    store = f'file://{sys.argv[1]}/{turn}'
    dist.init_process_group('gloo', init_method=store, rank=int(sys.argv[2]), world_size=2)
    dist.broadcast_object_list(['what was sent last'])
    leave_process_group()
"""


@pytest.mark.parametrize(
    ('launcher', 'variable'),
    [('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'), ('mpi', 'OMPI_COMM_WORLD_RANK')],
)
def test_a_launcher_that_did_not_start_the_process_is_named(monkeypatch, launcher, variable):
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ValueError, match=f'--launcher {launcher} .* {variable} is not set'):
        init_distributed(launcher)


def test_an_unknown_launcher_is_refused():
    with pytest.raises(ValueError, match='none, pytorch, slurm, mpi'):
        init_distributed('ray')


def test_without_a_process_group_the_function_runs_here():
    assert on_rank_zero(lambda: 7) == 7


def test_a_group_is_left_though_its_threads_hold_what_was_sent_last(tmp_path):
    ranks = [
        subprocess.Popen([sys.executable, '-c', LEAVES_OFTEN, str(tmp_path), str(rank)], cwd=ROOT)
        for rank in range(2)
    ]
    try:
        assert [rank.wait(timeout=120) for rank in ranks] == [0, 0]
    finally:
        for rank in ranks:
            rank.kill()
