"""What all command lines share: errors a user can cause are one line, and a signal cleans up."""

import argparse
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from seg.apis.arguments import positive
from seg.runtime.collector import collect_rarely
from seg.runtime.pages import keep_freed_memory
from seg.runtime.parent_death import end_with_launcher

USER_ERRORS = (ValueError, OSError, ImportError, MemoryError)


def run_command(command: Callable[[], int | None]) -> int:
    """Run a command and give its exit code.

    Warnings and errors go to stderr, one line each; with several processes an error names its rank.
    SIGTERM ends the process as an exception would, so that temporary files are removed; so does the
    death of the launcher that started it. What the terminal's encoding does not have is printed as an
    escape.

    Args:
        command: Raises ``ValueError``, ``OSError``, ``ImportError`` or ``MemoryError`` for what the
            user can mend, and whatever it is while parts of a config are built; anything else is
            a fault of ours and keeps its traceback.

    Returns:
        What the command returns, 0 for None; 1 after an error, 130 after Ctrl-C, 141 where nobody
        reads the output any more.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):  # a notebook's has none
            stream.reconfigure(errors='backslashreplace')
    collect_rarely()
    keep_freed_memory()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    end_with_launcher()
    said: set[str] = set()
    warnings.showwarning = lambda message, *_: _warn(str(message), said)
    try:
        return command() or 0
    except BrokenPipeError:  # whoever read the output, `head` for one, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except USER_ERRORS as error:
        return _say(' '.join(str(error).split()) or 'out of memory')
    except KeyboardInterrupt:
        if os.environ.get('RANK', '0') == '0':  # once for all processes
            print('interrupted', file=sys.stderr)
        return 130
    except Exception as error:
        message = _explain(error)
        if message is None:
            raise
        return _say(message)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # nothing is left to clean up


def _warn(message: str, said: set[str]) -> None:
    """Print a warning, the same one once."""
    if message not in said:
        said.add(message)
        print(f'warning: {message}', file=sys.stderr)


def _say(message: str) -> int:
    rank = f'rank {os.environ["RANK"]}: ' if 'RANK' in os.environ else ''
    sys.stderr.write(f'{rank}error: {message}\n')  # at once: other ranks write too
    return 1


def _explain(error: Exception) -> str | None:
    if 'mmengine' not in sys.modules:  # nothing was built; its import takes seconds
        return None
    from seg.apis.config.build_errors import explain_build_error

    return explain_build_error(error)


def add_trust_option(parser: argparse.ArgumentParser) -> None:
    """``--trust-checkpoint``, of the commands that read a checkpoint of training."""
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='run what a checkpoint asks to run, where it would be refused: only if you trust '
        'whoever made it',
    )


def add_runtime_option(parser: argparse.ArgumentParser) -> None:
    """``--runtime``, of the commands that take an exported file for a checkpoint."""
    parser.add_argument(
        '--runtime',
        help='runs an exported checkpoint, NAME.onnx of tools/export.py: onnxruntime (the default), '
        'openvino or openvino-bf16',
    )


def add_launcher_options(parser: argparse.ArgumentParser) -> None:
    """``--gpus``, ``--launcher`` and ``--local_rank``, of the commands that several processes share."""
    parser.add_argument(
        '--gpus',
        type=positive,
        metavar='N',
        help='start N processes on this machine, one on each GPU; without GPUs, on CPUs',
    )
    parser.add_argument(
        '--launcher',
        choices=('none', 'pytorch', 'slurm', 'mpi'),
        default='none',
        help='what has started this process, if it is one of several',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, help=argparse.SUPPRESS)


def start_processes(
    script: str, args: argparse.Namespace, argv: Sequence[str] | None = None
) -> None:
    """With ``--gpus``, become ``launch.sh``, which starts a script in several processes.

    Args:
        script: File of the script, beside ``launch.sh``.
        args: Its arguments. Without ``--gpus``, or where a launcher has started this process already,
            nothing happens.
        argv: The same as words; ``--launcher pytorch`` is added. Defaults to those of this process.
    """
    if args.gpus is None or args.launcher != 'none':
        return
    file = Path(script)
    words = sys.argv[1:] if argv is None else argv
    command = ['bash', str(file.with_name('launch.sh')), str(args.gpus), file.name, *words]
    os.execvpe('bash', command, {**os.environ, 'PYTHON': sys.executable})
