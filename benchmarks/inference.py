"""What a model costs on a CPU: stages, runtimes, threads, beside mmdet's MaskFormer and Mask2Former.

Weights are random. Each model and runtime runs in a process of its own, so that its peak memory is its
own; pictures are of 4 by 3, their short side is given. Post-processing starts from what a trained head
would give (23 segments, all other queries "no object") and ends with a panoptic map of the picture's
size. "neck" is the pixel decoder in mmdet's models. Norms are folded in all of them. GMAC are those of
640 x 640 pixels, backbone, neck and head.

    python benchmarks/inference.py                        # the table of docs/en/performance.md
    python benchmarks/inference.py --sizes 256 --threads 1 --rounds 5 --models regnet_rt_ade20k maskformer_r50
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from operator import itemgetter
from pathlib import Path

import torch
from panoptic_models import (
    MODEL_NAMES,
    build_model,
    is_ours,
    make_batch,
    make_predictions,
    post_process,
)
from stage_times import Clock, measure
from torch import nn

from seg.apis.analysis.flops import count_macs
from seg.apis.arguments import positive
from seg.apis.command_line import run_command
from seg.apis.deploy.export import export_words
from seg.models.exported.runtimes import RUNTIMES, open_runtime
from seg.models.fusing import fuse_norms
from seg.models.layers.padding import image_extents, metas_of
from seg.models.memory_layout import move_to

PYTORCH = 'pytorch'
MODELS = [
    'regnet_rt_ade20k',
    'resnet50_ade20k',
    'regnet_ade20k',
    'maskformer_r50',
    'mask2former_r50',
]
STAGES = ('backbone', 'neck', 'head', 'post')
CPU = torch.device('cpu')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--models', nargs='+', choices=MODEL_NAMES, default=MODELS)
    parser.add_argument('--sizes', nargs='+', type=positive, default=[256, 640], help='short sides')
    parser.add_argument('--threads', nargs='+', type=positive, default=[1, 2])
    parser.add_argument(
        '--runtimes', nargs='+', choices=(PYTORCH, *RUNTIMES), default=[PYTORCH, *RUNTIMES]
    )
    parser.add_argument('--runs', type=positive, default=5, help='report the median of so many')
    parser.add_argument(
        '--rounds',
        type=positive,
        default=1,
        help='go through all models so many times and report the fastest round of each: where others use '
        'the machine too, they are slowed at different times',
    )
    parser.add_argument('--json', type=Path, help='also write the rows to this file, one a line')
    parser.add_argument('--file', type=Path, help=argparse.SUPPRESS)
    parser.add_argument('--child', action='store_true', help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    args.device, args.cpu_time = CPU, False
    return args


def main(args: argparse.Namespace) -> None:
    if args.child:
        print('\n'.join(json.dumps(row) for row in measure_model(args)))
        return
    print(f'CPU, PyTorch {torch.__version__}; milliseconds a picture, median of {args.runs}')
    columns = ''.join(f'{name:>10}' for name in (*STAGES, 'total', 'peak MB', 'GMAC', 'M param'))
    print(f'{"":20}{"runtime":>15}{"side":>6}{"threads":>8}{columns}')
    with tempfile.TemporaryDirectory() as folder:
        rounds = [measure_round(Path(folder), args) for _ in range(args.rounds)]
    rows = [min(own, key=itemgetter('total_ms')) for own in zip(*rounds, strict=True)]
    if args.rounds > 1:
        print(f'the fastest of {args.rounds} rounds:')
        for row in rows:
            print_row(row)
    if args.json:
        args.json.write_text(''.join(json.dumps(row) + '\n' for row in rows))


def measure_round(folder: Path, args: argparse.Namespace) -> list[dict]:
    """The rows of all models and runtimes, printed as they come; exported files go to ``folder``."""
    rows = []
    for model in args.models:
        for runtime in args.runtimes if is_ours(model) else [PYTORCH]:
            for row in child_rows(model, runtime, folder / f'{model}.onnx', args):
                print_row(row)
                rows.append(row)
    return rows


def child_rows(model: str, runtime: str, file: Path, args: argparse.Namespace) -> list[dict]:
    """The rows of one model and runtime, from a process of their own."""
    options = ['--child', '--models', model, '--runtimes', runtime, '--file', str(file)]
    for name in ('sizes', 'threads', 'runs'):
        value = getattr(args, name)
        options += [f'--{name}', *map(str, value if isinstance(value, list) else [value])]
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', __file__, *options], capture_output=True, text=True
    )
    if done.returncode:
        raise ValueError(f'{model} with {runtime} failed: {done.stderr.strip()[-300:]}')
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]


def print_row(row: dict) -> None:
    network = ''.join(f'{row[f"{stage}_ms"]:10.1f}' for stage in STAGES if f'{stage}_ms' in row)
    if 'network_ms' in row:
        network = f'{row["network_ms"]:30.1f}{row["post_ms"]:10.1f}'
    print(
        f'{row["model"]:20}{row["runtime"]:>15}{row["size"]:6}{row["threads"]:8}{network}'
        f'{row["total_ms"]:10.1f}{row["peak_mb"]:10,.0f}{row["gmac"]:10.1f}{row["parameters"] / 1e6:10.1f}',
        flush=True,
    )


def measure_model(args: argparse.Namespace) -> list[dict]:
    """Rows of one model and runtime, smallest pictures first: peak memory never falls."""
    (name,), (runtime,) = args.models, args.runtimes
    model = build_model(name, CPU).eval().requires_grad_(False)
    about = dict(
        model=name,
        runtime=runtime,
        parameters=sum(own.numel() for own in model.parameters()),
        gmac=count_gmac(model),
    )
    fuse_norms(model)
    if is_ours(name):
        move_to(model, CPU)  # as Segmenter does
    if runtime != PYTORCH and not args.file.exists():
        # In a process of its own, whose memory is not that of running the file.
        code = f'import inference; inference.export({name!r}, {str(args.file)!r})'
        subprocess.run([sys.executable, '-c', code], cwd=Path(__file__).parent, check=True)
    rows = []
    for threads in args.threads:
        torch.set_num_threads(threads)
        run = None if runtime == PYTORCH else open_runtime(args.file, runtime, threads)
        for size in sorted(args.sizes):
            times = measure_size(model, run, size, args)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            rows.append({**about, 'size': size, 'threads': threads, **times, 'peak_mb': peak})
    return rows


def export(name: str, file: str) -> None:
    """Write the file that the runtimes run."""
    model = fuse_norms(build_model(name, CPU).eval().requires_grad_(False))
    Path(file).write_bytes(export_words(model, 'open', {}))


@torch.inference_mode()
def measure_size(model: nn.Module, run, size: int, args: argparse.Namespace) -> dict:
    """Milliseconds of the stages, see :func:`stage_times.measure`."""
    images, samples = make_batch(1, size, CPU)
    predictions = make_predictions(samples, model.panoptic_head.num_queries, CPU)

    def in_pytorch(clock: Clock) -> None:
        neck = model.neck if model.with_neck else model.panoptic_head.pixel_decoder
        hook = neck.register_forward_hook(lambda *_: clock.mark('neck'))
        maps = model.backbone(images)
        clock.mark('backbone')
        if model.with_neck:
            extents = image_extents(metas_of(samples), images)
            model.panoptic_head.predict(model.neck(maps, extents), samples)
        else:
            model.panoptic_head(maps, samples)
        clock.mark('head')
        hook.remove()

    def in_runtime(clock: Clock) -> None:
        rows = model.panoptic_head.cls_embed.rows
        full = torch.tensor([samples[0].img_shape])
        arrays = dict(image=images, size=full, vocabulary=rows)
        run({name: own.numpy() for name, own in arrays.items()})
        clock.mark('network')

    def once() -> Clock:
        clock = Clock(args)
        (in_pytorch if run is None else in_runtime)(clock)
        post_process(model.panoptic_fusion_head, *predictions, samples)
        clock.mark('post')
        return clock

    times = measure(once, 1, args)
    if 'error' in times:
        raise RuntimeError(times['error'])
    del times['peak_mb']  # of a GPU
    return times


def count_gmac(model: nn.Module) -> float:
    """Billions of products of one picture of 640 x 640, without post-processing.

    What mmdet's pixel decoder of Mask2Former samples is not counted.
    """
    _, samples = make_batch(1, 640, CPU)
    for sample in samples:
        sample.set_metainfo(dict(img_shape=(640, 640), batch_input_shape=(640, 640)))
    images = torch.zeros(1, 3, 640, 640)

    def forward() -> None:
        if model.with_neck:
            model.embed(images)
        else:
            model.panoptic_head(model.backbone(images), samples)

    return count_macs(forward) / 1e9


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
