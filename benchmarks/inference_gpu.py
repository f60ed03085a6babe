"""Latency of inference by way and precision: our models against mmdet's, in one run, on a GPU where there is one.

The ways are PyTorch's own calls (eager, by stage), ``torch.compile``, and CUDA graphs, which replay
what one call sent to the GPU; of the last two the network is one number. Weights are random.
Post-processing starts from what a trained head would give (23 segments, all other queries "no
object") and includes bringing the masks to the size of the image. "neck" is the pixel decoder in
mmdet's models. The second table is post-processing alone, by the number of queries.

    python benchmarks/inference_gpu.py                            # sizes that suit the device
    python benchmarks/inference_gpu.py --sizes 640 1024 --batch 1 8 --json inference.jsonl
    python benchmarks/inference_gpu.py --models regnet_rt_ade20k --ways eager graphs --precisions fp16
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product

import torch
from mmengine.config import ConfigDict
from panoptic_models import (
    MODEL_NAMES,
    STUFF,
    THINGS,
    build_model,
    make_batch,
    make_predictions,
    post_process,
)
from stage_times import (
    DTYPES,
    Clock,
    add_options,
    measure,
    print_device,
    print_header,
    print_row,
    set_defaults,
    write_rows,
)
from torch import Tensor, nn

from seg.apis.command_line import run_command
from seg.models.fusing import fuse_norms
from seg.models.layers.padding import image_extents, metas_of
from seg.registry import MODELS

STAGES = ('backbone', 'neck', 'head', 'post')
WAYS = ('eager', 'compile', 'graphs')
FUSION_HEADS = ('seg.SparseFusionHead', 'mmdet.MaskFormerFusionHead')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, MODEL_NAMES, runs=5)
    parser.add_argument('--ways', nargs='+', choices=WAYS, help='default: all; on a CPU eager')
    parser.add_argument(
        '--queries', nargs='*', type=int, default=[100, 300], help='of the second table'
    )
    args = parser.parse_args(argv)
    set_defaults(
        args,
        on_cpu=dict(sizes=[256], batch=[1], precisions=['fp32', 'bf16'], ways=['eager']),
        on_gpu=dict(sizes=[640, 1024], batch=[1, 8], precisions=['fp32', 'fp16'], ways=[*WAYS]),
    )
    if 'graphs' in args.ways and args.device.type != 'cuda':
        parser.error(f'--ways graphs needs a CUDA GPU, got {args.device}')
    return args


def main(args: argparse.Namespace) -> None:
    print_device(args)
    rows = []
    if args.models:
        print('\nmilliseconds a batch, images of 4 by 3')
        print_header(STAGES)
    for name in args.models:
        model = fuse_norms(build_model(name, args.device).eval())
        for size, batch, precision, way in product(
            args.sizes, args.batch, args.precisions, args.ways
        ):
            row = dict(model=name, way=way, size=size, batch=batch, precision=precision)
            row.update(measure_model(model, way, size, batch, precision, args))
            print_row({**row, 'model': f'{name}, {way}'}, STAGES)
            rows.append(row)
        del model
    if args.queries:
        rows += compare_fusion_heads(args)
    write_rows(rows, args)


def measure_model(
    model: nn.Module, way: str, size: int, batch: int, precision: str, args: argparse.Namespace
) -> dict:
    """Milliseconds of each stage, see :func:`stage_times.measure`; all are the head's if not eager."""
    images, samples = make_batch(batch, size, args.device)
    predictions = make_predictions(samples, model.panoptic_head.num_queries, args.device)
    extents = image_extents(metas_of(samples), images)

    def network(pictures: Tensor, mark: Callable[[str], None] = lambda _: None):
        maps = model.backbone(pictures)
        mark('backbone')
        if not model.with_neck:
            return model.panoptic_head(maps, samples)
        features = model.neck(maps, extents)
        mark('neck')
        found = model.panoptic_head.embed(features, extents)
        return found[0], model.panoptic_head.cls_embed.logits(*found[1:])

    def run() -> Clock:
        clock = Clock(args)
        if way == 'eager':
            with marking_decoder(model, clock):
                network(images, clock.mark)
        else:
            clock.mark('backbone'), clock.mark('neck')
            fast(images)
        clock.mark('head')
        post_process(model.panoptic_fusion_head, *predictions, samples)
        clock.mark('post')
        return clock

    dtype = DTYPES[precision]
    half = torch.autocast(
        args.device.type, dtype, enabled=dtype is not torch.float32, cache_enabled=way == 'eager'
    )
    with torch.inference_mode(), half:
        try:
            fast = faster(network, way, images)
        except RuntimeError as error:
            return dict(error=str(error).splitlines()[0])
        return measure(run, batch, args)


@contextmanager
def marking_decoder(model: nn.Module, clock: Clock) -> Iterator[None]:
    """Mark the end of mmdet's pixel decoder, which its head calls, as that of the neck."""
    if model.with_neck:
        yield
        return
    decoder = model.panoptic_head.pixel_decoder
    hook = decoder.register_forward_hook(lambda *_: clock.mark('neck'))
    yield
    hook.remove()


def faster(network: Callable[[Tensor], object], way: str, images: Tensor) -> Callable:
    """The network compiled, or recorded as a CUDA graph.

    Raises:
        RuntimeError: If it cannot be, as where the network waits for the GPU.
    """
    if way == 'eager':
        return network
    if way == 'compile':
        compiled = torch.compile(network)
        try:
            compiled(images)
        except Exception as error:  # the compiler's own kinds, which are many
            raise RuntimeError(f'{type(error).__name__}: {error}') from None
        return compiled
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):  # what libraries choose at first calls is not recorded
            network(images)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        network(images)
    return lambda _: graph.replay()


def compare_fusion_heads(args: argparse.Namespace) -> list[dict]:
    """Print and return milliseconds an image of post-processing alone."""
    print('\npost-processing alone, milliseconds an image')
    print(f'{"":30}{"side":>6}' + ''.join(f'{f"Q = {q}":>10}' for q in args.queries))
    rows = []
    for head in FUSION_HEADS:
        for size in args.sizes:
            found = [
                dict(fusion_head=head, size=size, queries=queries)
                | measure_fusion(head, size, queries, args)
                for queries in args.queries
            ]
            times = ''.join(f'{row["post_ms"]:10.1f}' for row in found)
            print(f'{head.partition(".")[2]:30}{size:6}{times}', flush=True)
            rows += found
    return rows


def measure_fusion(head: str, size: int, queries: int, args: argparse.Namespace) -> dict:
    fusion = MODELS.build(
        dict(
            type=head,
            num_things_classes=THINGS,
            num_stuff_classes=STUFF,
            test_cfg=ConfigDict(object_mask_thr=0.5, iou_thr=0.5, filter_low_score=True),
        )
    )
    _, samples = make_batch(1, size, args.device)
    predictions = make_predictions(samples, queries, args.device)

    def run() -> Clock:
        clock = Clock(args)
        post_process(fusion, *predictions, samples)
        clock.mark('post')
        return clock

    with torch.inference_mode():
        return measure(run, 1, args)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
