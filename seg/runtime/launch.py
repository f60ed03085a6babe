"""Process groups for every launcher, with and without GPUs."""

import atexit
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.distributed as dist
from mmengine.dist import init_dist

from seg.runtime.parent_death import end_with_parent

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')
# Where slurm and Open MPI keep what torch.distributed reads from RANK, WORLD_SIZE and LOCAL_RANK.
_VARIABLES = {
    'slurm': ('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID'),
    'mpi': ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_RANK'),
}
_HOW_TO_START = {
    'pytorch': 'on one machine, give --gpus N instead',
    'slurm': 'start it with srun',
    'mpi': 'start it with mpirun',
}
_LAST_CALL = 0.2  # seconds; 0.001 hangs sometimes, 0.01 was not seen to
Result = TypeVar('Result')


def init_distributed(launcher: str) -> None:
    """Initialise ``torch.distributed``: nccl where there are GPUs, gloo where there are none.

    mmengine's ``init_dist`` sets a CUDA device whatever the backend, so it serves GPUs only.

    Args:
        launcher: 'none' does nothing; 'pytorch' (torchrun), 'slurm' or 'mpi'.

    Raises:
        ValueError: If the launcher is unknown or did not start this process.
    """
    if launcher not in LAUNCHERS:
        raise ValueError(f'launcher {launcher!r} is none of {", ".join(LAUNCHERS)}')
    if launcher == 'none' or dist.is_initialized():
        return
    rank = _VARIABLES[launcher][0] if launcher in _VARIABLES else 'RANK'
    if rank not in os.environ:
        raise ValueError(
            f'--launcher {launcher} needs the environment that it sets, and {rank} is not set; '
            f'{_HOW_TO_START[launcher]}'
        )
    if launcher == 'pytorch':
        # torchrun gave us a session of our own. If it is killed, we would train on, and write over
        # the checkpoints of the training that takes our place.
        end_with_parent(signal.SIGTERM)
    if torch.cuda.is_available():
        init_dist(launcher, backend='nccl')
        return
    if launcher in _VARIABLES:
        for name, source in zip(('RANK', 'WORLD_SIZE', 'LOCAL_RANK'), _VARIABLES[launcher]):  # noqa: B905
            os.environ[name] = os.environ[source]
        os.environ.setdefault('MASTER_ADDR', '127.0.0.1')
        os.environ.setdefault('MASTER_PORT', '29500')
    dist.init_process_group('gloo')
    atexit.register(leave_process_group)


def leave_process_group() -> None:
    """End the process group, if there is one: gloo's threads abort a process that ends while they run.

    PyTorch 2.4 holds Python's lock while it joins these threads, and waits for ever where one of them
    still needs the lock to free what the last call sent. They get the time to do so before.
    """
    if dist.is_initialized():
        if dist.get_backend() == 'gloo':
            time.sleep(_LAST_CALL)
        dist.destroy_process_group()


def on_rank_zero(function: Callable[[], Result]) -> Result:
    """Call ``function`` on rank 0 alone and give all ranks what it returned.

    Raises:
        Exception: What the function raised, on rank 0; there it is said once.
        SystemExit: On the other ranks then, with exit code 1.
    """
    if not dist.is_initialized():
        return function()
    outcome: list = [None, False]
    if dist.get_rank() == 0:
        try:
            outcome = [function(), True]
        except Exception:
            dist.broadcast_object_list(outcome)
            raise
    dist.broadcast_object_list(outcome)
    if not outcome[1]:
        sys.exit(1)
    return outcome[0]
