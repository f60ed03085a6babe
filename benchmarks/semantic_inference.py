"""Semantic inference of many classes on a large picture: time beside the model's own, and peak memory.

Random weights; the masks are those of a trained head in kind: some queries have a region with soft
edges and a class, the others nothing. Where no class stands out anywhere, as in a model that has just
begun to learn, nothing can be saved. "all pixels" is the whole sum of the first masks, in bands of rows.

    python benchmarks/semantic_inference.py                  # 847 classes, 2,000 x 1,500 pixels
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from mmdet.structures import DetDataSample
from panoptic_models import build_model, make_batch, make_predictions
from torch import Tensor

from seg.apis.command_line import run_command
from seg.models.heads.semantic_inference import semantic_labels
from seg.models.layers.resizing import Axis

CPU = torch.device('cpu')
BAND = 50  # rows of the whole sum at once


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--classes', type=int, default=847)
    parser.add_argument('--size', type=int, nargs=2, default=[1500, 2000], help='height and width')
    parser.add_argument('--side', type=int, default=640, help="short side of the network's input")
    parser.add_argument('--model', default='regnet_rt_ade20k')
    parser.add_argument('--runs', type=int, default=3, help='report the fastest of so many')
    return parser.parse_args(argv)


@torch.inference_mode()
def main(args: argparse.Namespace) -> None:
    print(f'{args.classes} classes, {args.size[1]} x {args.size[0]} pixels, CPU')
    print(f'{torch.get_num_threads()} threads, PyTorch {torch.__version__}')
    images, samples = make_batch(1, args.side, CPU)
    model = build_model(args.model, CPU).eval()
    own = fastest(partial(model.embed, images), args.runs)
    _print_row(f'{args.model}, backbone to head', own, own)
    queries = model.panoptic_head.num_queries
    probabilities, masks = soft_predictions(samples, queries, args.classes)
    meta = samples[0].metainfo
    sizes = (masks.shape[1:], meta['batch_input_shape'], meta['img_shape'], tuple(args.size))
    rows, columns = (Axis(*axis).weights() for axis in zip(*sizes, strict=True))
    own_way = partial(semantic_labels, probabilities, masks, rows, columns)
    seconds = fastest(own_way, args.runs)
    _print_row('semantic inference', seconds, own)
    unsure = torch.randn_like(probabilities).softmax(-1), torch.randn_like(masks)
    seconds = fastest(partial(semantic_labels, *unsure, rows, columns), 1)
    _print_row('where no class stands out', seconds, own)
    start = time.perf_counter()
    expected = whole_sum(probabilities, masks, rows, columns)
    _print_row('all pixels', time.perf_counter() - start, own)
    found = own_way()
    print(f'pixels that differ: {(found != expected).sum()} of {found.numel()}')


def soft_predictions(
    samples: list[DetDataSample], queries: int, classes: int
) -> tuple[Tensor, Tensor]:
    """Class probabilities [Q, C] and mask logits [Q, h, w] with soft edges and noise."""
    generator = torch.Generator().manual_seed(0)
    _, masks = make_predictions(samples, queries, CPU)
    masks = F.avg_pool2d(masks, 5, 1, 2)[0]
    masks += 0.3 * torch.randn(masks.shape, generator=generator)
    logits = torch.randn(queries, classes + 1, generator=generator)
    chosen = torch.randint(classes, (queries,), generator=generator)
    logits[torch.arange(queries), chosen] += 9
    logits[:, -1] += 9 * (masks.flatten(1).amax(1) < 0)
    return logits.softmax(-1)[:, :-1], masks


def whole_sum(probabilities: Tensor, masks: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The class of each pixel, looked at one by one, int32 [H, W]."""
    wide = masks @ columns.T
    bands = [
        (probabilities.T @ (own @ wide).sigmoid_().flatten(1)).max(0).indices.view(len(own), -1)
        for own in rows.split(BAND)
    ]
    return torch.cat(bands).int()


def fastest(run: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest of some runs, after one that does not count."""
    run()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _print_row(name: str, seconds: float, own: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f'{name:40}{seconds:8.2f} s{seconds / own:8.2f}x{peak:8.2f} GB so far', flush=True)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
