"""torchrun that leaves the last word to the processes it starts: one that fails has said why."""

import logging
import os
import signal
import sys
from pathlib import Path

import torch.distributed as dist
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.elastic.rendezvous import RendezvousError
from torch.distributed.run import parse_args
from torch.distributed.run import run as start_processes

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.runtime.parent_death import LAUNCHER_PID


def run(argv: list[str] | None = None) -> int:
    """Start the processes that torchrun's arguments ask for.

    Returns:
        0, the exit code of the process that failed first, or 128 + the signal that ended it or this.
    """
    logging.disable(logging.ERROR)  # else thirty lines about a failure bury the one that tells why
    os.environ[LAUNCHER_PID] = str(os.getpid())
    try:
        start_processes(parse_args(argv))
    except ChildFailedError as failed:
        rank, failure = failed.get_first_failure()
        if failure.exitcode >= 0:
            return failure.exitcode
        name = signal.Signals(-failure.exitcode).name
        print(f'error: {name} ended the process of rank {rank}', file=sys.stderr)
        return 128 - failure.exitcode
    except SignalException as received:
        return 128 + received.sigval
    except (RendezvousError, dist.DistError) as error:
        message = ' '.join(str(error).split())
        print(f'error: the processes could not meet: {message}', file=sys.stderr)
        return 1
    finally:
        os.environ.pop(LAUNCHER_PID, None)
    return 0


if __name__ == '__main__':
    sys.exit(run())
