"""Latency of inference by stage and precision: our models against mmdet's, in one run, on a GPU where there is one.

Weights are random. Post-processing starts from what a trained head would give (23 segments, all
other queries "no object") and includes bringing the masks to the size of the image. "neck" is the
pixel decoder in mmdet's models. The second table is post-processing alone, by the number of queries.

    python benchmarks/inference_gpu.py                            # sizes that suit the device
    python benchmarks/inference_gpu.py --sizes 640 1024 --batch 1 8 --json inference.jsonl
"""

import argparse
import sys

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
from torch import nn

from seg.apis.command_line import run_command
from seg.models.fusing import fuse_norms
from seg.models.layers.padding import image_extents, metas_of
from seg.registry import MODELS

STAGES = ('backbone', 'neck', 'head', 'post')
FUSION_HEADS = ('seg.SparseFusionHead', 'mmdet.MaskFormerFusionHead')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, MODEL_NAMES, runs=5)
    parser.add_argument(
        '--queries', nargs='*', type=int, default=[100, 300], help='of the second table'
    )
    args = parser.parse_args(argv)
    set_defaults(
        args,
        on_cpu=dict(sizes=[256], batch=[1], precisions=['fp32', 'bf16']),
        on_gpu=dict(sizes=[640, 1024], batch=[1, 8], precisions=['fp32', 'fp16']),
    )
    return args


def main(args: argparse.Namespace) -> None:
    print_device(args)
    rows = []
    if args.models:
        print('\nmilliseconds a batch, images of 4 by 3')
        print_header(STAGES)
    for name in args.models:
        model = fuse_norms(build_model(name, args.device).eval())
        for size in args.sizes:
            for batch in args.batch:
                for precision in args.precisions:
                    row = dict(model=name, size=size, batch=batch, precision=precision)
                    row.update(measure_model(model, size, batch, precision, args))
                    print_row(row, STAGES)
                    rows.append(row)
        del model
    if args.queries:
        rows += compare_fusion_heads(args)
    write_rows(rows, args)


def measure_model(
    model: nn.Module, size: int, batch: int, precision: str, args: argparse.Namespace
) -> dict:
    """Milliseconds of each stage, see :func:`stage_times.measure`."""
    images, samples = make_batch(batch, size, args.device)
    predictions = make_predictions(samples, model.panoptic_head.num_queries, args.device)
    neck = model.neck if model.with_neck else model.panoptic_head.pixel_decoder

    def run() -> Clock:
        clock = Clock(args)
        hook = neck.register_forward_hook(lambda *_: clock.mark('neck'))
        maps = model.backbone(images)
        clock.mark('backbone')
        if model.with_neck:
            extents = image_extents(metas_of(samples), images)
            model.panoptic_head.predict(model.neck(maps, extents), samples)
        else:
            model.panoptic_head(maps, samples)
        clock.mark('head')
        post_process(model.panoptic_fusion_head, *predictions, samples)
        clock.mark('post')
        hook.remove()
        return clock

    dtype = DTYPES[precision]
    half = torch.autocast(args.device.type, dtype, enabled=dtype is not torch.float32)
    with torch.inference_mode(), half:
        return measure(run, batch, args)


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
