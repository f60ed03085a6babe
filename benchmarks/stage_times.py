"""How benchmarks/inference.py and training.py measure and report the parts of a run."""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.device import get_device

DTYPES = dict(fp32=torch.float32, bf16=torch.bfloat16, fp16=torch.float16)


def add_options(parser: argparse.ArgumentParser, models: Sequence[str], runs: int) -> None:
    """The options that both have."""
    parser.add_argument('--device', type=torch.device, help='default: a GPU if there is one')
    parser.add_argument(
        '--models',
        nargs='*',
        choices=models,
        default=['regnetx_800mf', 'regnetx_12gf', 'maskformer_r50', 'mask2former_r50'],
    )
    parser.add_argument('--sizes', nargs='+', type=int, help='short sides of the images')
    parser.add_argument('--batch', nargs='+', type=int, help='batch sizes')
    parser.add_argument('--precisions', nargs='+', choices=DTYPES)
    parser.add_argument(
        '--runs', type=int, default=runs, help=f'report the median of so many (default: {runs})'
    )
    parser.add_argument(
        '--cpu-time',
        action='store_true',
        help="the process's own CPU seconds in place of the clock's, for a machine that others use "
        'too; set OMP_NUM_THREADS=1, for threads add up',
    )
    parser.add_argument('--json', type=Path, help='also write the rows to this file, one a line')


def set_defaults(
    args: argparse.Namespace, on_cpu: dict[str, list], on_gpu: dict[str, list]
) -> None:
    """Choose the device if it is not given, and sizes, batch and precisions that suit it."""
    args.device = args.device or torch.device(get_device())
    for name, value in (on_gpu if args.device.type == 'cuda' else on_cpu).items():
        setattr(args, name, getattr(args, name) or value)


class Clock:
    """Seconds of consecutive parts of a run, the device idle at each mark.

    Args:
        args: With ``device`` and ``cpu_time``.

    Attributes:
        seconds: Of each part; those of equal names are added.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self.seconds: dict[str, float] = {}
        self._last = self._now()

    def mark(self, name: str) -> None:
        """The part that ends here is called ``name``."""
        now = self._now()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now

    def _now(self) -> float:
        if self._args.device.type == 'cuda':
            torch.cuda.synchronize(self._args.device)
        return time.process_time() if self._args.cpu_time else time.perf_counter()


def measure(run: Callable[[], Clock], batch: int, args: argparse.Namespace) -> dict:
    """Median milliseconds of each part, after a run that does not count.

    Args:
        run: One run.
        batch: Images of a run.
        args: With ``device`` and ``runs``.

    Returns:
        ``{part}_ms`` for each part, ``total_ms``, ``images_per_second``, and ``peak_mb``, None where
        the device cannot tell; or ``error`` if an op has no such precision or memory ran out.
    """
    on_gpu = args.device.type == 'cuda'
    if on_gpu:
        torch.cuda.reset_peak_memory_stats(args.device)
    try:
        run()
        runs = [run().seconds for _ in range(args.runs)]
    except RuntimeError as error:
        return dict(error=str(error).splitlines()[0])
    seconds = {part: float(np.median([own[part] for own in runs])) for part in runs[0]}
    total = sum(seconds.values())
    return dict(
        **{f'{part}_ms': 1e3 * value for part, value in seconds.items()},
        total_ms=1e3 * total,
        images_per_second=batch / total,
        peak_mb=torch.cuda.max_memory_allocated(args.device) / 1e6 if on_gpu else None,
    )


def print_device(args: argparse.Namespace) -> None:
    print(_device(args) + (', CPU time' if args.cpu_time else ''))


def print_header(parts: Sequence[str]) -> None:
    columns = (*parts, 'total', 'images/s', 'peak MB')
    print(f'{"":30}{"side":>6}{"batch":>6}{"":>6}' + ''.join(f'{c:>10}' for c in columns))


def print_row(row: dict, parts: Sequence[str]) -> None:
    head = f'{row["model"]:30}{row["size"]:6}{row["batch"]:6}{row["precision"]:>6}'
    if 'error' in row:
        print(f'{head}  failed: {row["error"]}')
        return
    times = ''.join(f'{row[f"{part}_ms"]:10.1f}' for part in (*parts, 'total'))
    peak = '' if row['peak_mb'] is None else f'{row["peak_mb"]:,.0f}'
    print(f'{head}{times}{row["images_per_second"]:10.2f}{peak:>10}', flush=True)


def write_rows(rows: Iterable[dict], args: argparse.Namespace) -> None:
    """Write rows to ``args.json``, if that is given, one a line with the device."""
    if args.json:
        about = dict(device=_device(args), cpu_time=args.cpu_time)
        args.json.write_text(''.join(json.dumps({**row, **about}) + '\n' for row in rows))


def _device(args: argparse.Namespace) -> str:
    if args.device.type == 'cuda':
        return f'{torch.cuda.get_device_name(args.device)}, PyTorch {torch.__version__}'
    return f'CPU, {torch.get_num_threads()} threads, PyTorch {torch.__version__}'
