"""Evaluate a checkpoint: PQ, SQ, RQ of all classes, things and stuff, and mIoU by semantic inference."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import (
    add_launcher_options,
    add_runtime_option,
    add_trust_option,
    run_command,
    start_processes,
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=expanded, help='a training config')
    parser.add_argument(
        'checkpoint',
        type=expanded,
        help='a checkpoint trained with this config, or its export (NAME.onnx); embedded for that of '
        'configs/reg_sam/clip_shapes.py',
    )
    parser.add_argument('--work-dir', type=expanded, help='folder for logs')
    parser.add_argument('--show-dir', type=expanded, help='folder for pictures of all predictions')
    parser.add_argument(
        '--out',
        type=expanded,
        metavar='FILE',
        help="file of all predictions: NAME.json in COCO's format, with the folder NAME of panoptic PNGs, or "
        "NAME.pkl in mmdet's",
    )
    parser.add_argument(
        '--tta',
        action='store_true',
        help="test-time augmentation: the config's tta_pipeline and tta_model, else three sizes, each also "
        'mirrored',
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    parser.add_argument(
        '--on',
        nargs='+',
        metavar='TEST_SET',
        help="test sets other than the config's: ade20k, cityscapes, pc59, ... (configs/test_sets), a "
        'config file of one, or all; text classifiers that are missing are made',
    )
    parser.add_argument(
        '--again', action='store_true', help='with --on, measure anew what an earlier run measured'
    )
    add_runtime_option(parser)
    parser.add_argument(
        '--verbose', action='store_true', help='show all of the log, which is in a file else'
    )
    add_trust_option(parser)
    add_launcher_options(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.again and not args.on:
        parser.error('--again needs --on')
    if args.on and args.verbose:
        parser.error("--verbose is for the config's own test set, not for those of --on")
    for option in ('show_dir', 'out', 'tta'):
        if args.on and getattr(args, option):
            name = option.replace('_', '-')
            parser.error(f"--{name} is for the config's own test set, not for those of --on")
    if args.out and not args.out.endswith(('.json', '.pkl', '.pickle')):
        parser.error(f'--out takes NAME.json or NAME.pkl, got {args.out}')
    return args


def main(args: argparse.Namespace) -> int | None:
    from seg.apis.config.read import is_panoptic, read_config
    from seg.apis.run_errors import explaining_errors
    from seg.apis.runner import build_runner
    from seg.apis.training.words import after_test, before_test
    from seg.engine.data_workers import closing_workers
    from seg.models.embedded.segmenter import checkpoint_file
    from seg.runtime.launch import on_rank_zero

    cfg = read_config(args.config, args.cfg_options)
    if args.show_dir:
        from seg.apis.testing.pictures import draw_predictions

        draw_predictions(cfg, args.show_dir)
    if args.tta:
        from seg.apis.testing.views import use_views

        use_views(cfg)
    if args.on:
        from seg.apis.zero_shot.run import test_on

        return test_on(
            cfg,
            checkpoint_file(args.checkpoint),
            args.on,
            launcher=args.launcher,
            work_dir=args.work_dir,
            trust_checkpoint=args.trust_checkpoint,
            runtime=args.runtime,
            again=args.again,
        )
    runner = build_runner(
        cfg,
        launcher=args.launcher,
        work_dir=args.work_dir,
        load_from=checkpoint_file(args.checkpoint),
        trust_checkpoint=args.trust_checkpoint,
        runtime=args.runtime,
        verbose=args.verbose,
    )
    with explaining_errors(runner.cfg), closing_workers(runner):
        on_rank_zero(lambda: print(before_test(runner), flush=True))
        if args.out:
            from seg.apis.testing.predictions import write_predictions

            write_predictions(runner, Path(args.out))
        runner.test()
    if is_panoptic(runner.cfg):
        on_rank_zero(lambda: print(after_test(args.config, args.checkpoint)))
    return None


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    start_processes(__file__, args, argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
