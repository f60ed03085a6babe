"""Time of a training step by part, against mmdet's models; and of the data pipeline.

All models see the same images and true segments in one run; weights are random. "loss" is the
preparation of the ground truth, the matching and the losses. "mmdet's loss" is our model with the
loss path of mmdet's Mask2FormerHead in place of the batched one.

The pipeline is the ADE20K config's, in one process, over a synthetic data set written to a temporary
folder; "masks" carries one mask a thing through the geometry, as mmdet does, in place of one map.

    python benchmarks/training.py                                 # sizes that suit the device
    python benchmarks/training.py --sizes 640 --batch 2 --json training.jsonl
"""

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from panoptic_models import MMDET_CONFIGS, MODEL_NAMES, ROOT, build_model, make_batch
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
from seg.apis.config.read import read_config, type_name
from seg.models.heads import DynamicKernelHead
from seg.registry import DATASETS
from seg.shapes.files import ShapesSettings, write_shapes

PARTS = ('forward', 'loss', 'backward', 'optimizer')


class UnbatchedHead(DynamicKernelHead):
    """Our head with mmdet's own path to the losses."""

    matcher = None


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, MODEL_NAMES, runs=3)
    parser.add_argument(
        '--pipeline-images', type=int, default=16, help='0 leaves the pipeline out (default: 16)'
    )
    parser.add_argument('--pipeline-size', type=int, default=640, help='pixels (default: 640)')
    args = parser.parse_args(argv)
    set_defaults(
        args,
        on_cpu=dict(sizes=[192], batch=[2], precisions=['fp32']),
        on_gpu=dict(sizes=[640], batch=[2, 8], precisions=['fp32', 'fp16']),
    )
    return args


def main(args: argparse.Namespace) -> None:
    print_device(args)
    rows = []
    if args.models:
        print('\nmilliseconds a step, images of 4 by 3')
        print_header(PARTS)
    for name in args.models:
        for changes in ({},) if name in MMDET_CONFIGS else ({}, dict(type=UnbatchedHead)):
            model = build_model(name, args.device, **changes).train()
            label = f"{name}, mmdet's loss" if changes else name
            for row in measure_steps(label, model, args):
                print_row(row, PARTS)
                rows.append(row)
            del model
    if args.pipeline_images:
        print(f'\ndata pipeline, images/s of one process, {args.pipeline_size} px')
        for row in measure_pipeline(args):
            print(f'{row["pipeline"]:30}{row["images_per_second"]:10.1f}')
            rows.append(row)
    write_rows(rows, args)


def measure_steps(label: str, model: nn.Module, args: argparse.Namespace) -> Iterator[dict]:
    """A row for each size, batch and precision, see :func:`stage_times.measure`."""
    optimizer = torch.optim.AdamW(p for p in model.parameters() if p.requires_grad)
    for size in args.sizes:
        for batch in args.batch:
            images, samples = make_batch(batch, size, args.device)
            for precision in args.precisions:

                def step(images=images, samples=samples, precision=precision) -> Clock:
                    return run_step(model, optimizer, images, samples, DTYPES[precision], args)

                row = dict(model=label, size=size, batch=batch, precision=precision)
                yield row | measure(step, batch, args)


def run_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    images: torch.Tensor,
    samples: list,
    dtype: torch.dtype,
    args: argparse.Namespace,
) -> Clock:
    """One step, with autocast and a scaled loss as mmengine's ``AmpOptimWrapper`` has them."""
    # A scale of 1, so that no gradient overflows and no step is skipped.
    is_half = dtype is torch.float16
    scaler = torch.amp.GradScaler(args.device.type, init_scale=1.0, enabled=is_half)
    optimizer.zero_grad()
    clock = Clock(args)
    hook = model.panoptic_head.register_forward_hook(lambda *_: clock.mark('forward'))
    with torch.autocast(args.device.type, dtype, enabled=dtype is not torch.float32):
        losses = model.panoptic_head.loss(model.extract_feat(images), samples)
        loss = sum(losses.values())
    hook.remove()
    clock.mark('loss')
    scaler.scale(loss).backward()
    clock.mark('backward')
    scaler.step(optimizer)
    scaler.update()
    clock.mark('optimizer')
    return clock


def measure_pipeline(args: argparse.Namespace) -> Iterator[dict]:
    """Images a second of the ADE20K config's pipeline, and of mmdet's masks in place of the map."""
    images, size = args.pipeline_images, args.pipeline_size
    with tempfile.TemporaryDirectory() as folder:
        settings = ShapesSettings(vocabulary='ade20k', images=images, val=1, size=size)
        data_root, _ = write_shapes(Path(folder), settings)
        cfg = read_config(str(ROOT / 'configs/reg_sam/regnet_ade20k.py')).train_dataloader.dataset
        cfg.data_root = str(data_root)
        for name, pipeline in (('one map', cfg.pipeline), ('masks', with_masks(cfg.pipeline))):
            with contextlib.redirect_stdout(io.StringIO()):  # the index of annotations
                dataset = DATASETS.build({**cfg, 'pipeline': pipeline})

            dataset[0]  # what is imported and indexed at first
            np.random.seed(0)
            clock = Clock(args)
            for index in range(images):
                dataset[index]
            clock.mark('load')
            rate = images / clock.seconds['load']
            yield dict(pipeline=name, size=size, images_per_second=rate)


def with_masks(pipeline: list[dict]) -> list[dict]:
    """The pipeline with one mask a thing from loading on."""
    changed = {
        'LoadSegmentMap': dict(type='LoadPanopticSegments'),
        'RandomFlip': dict(type='mmdet.RandomFlip', prob=0.5),  # mmcv's knows no boxes of mmdet's
        'SegmentMapToMasks': None,
    }
    steps = [changed.get(type_name(step).rpartition('.')[2], step) for step in pipeline]
    return [step for step in steps if step]


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
