"""Train a panoptic model with its text classifier."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import (
    add_launcher_options,
    add_trust_option,
    run_command,
    start_processes,
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=expanded, help='a training config')
    parser.add_argument('--work-dir', type=expanded, help='folder for logs and checkpoints')
    parser.add_argument(
        '--resume',
        nargs='?',
        type=expanded,
        const='auto',
        metavar='CHECKPOINT',
        help='resume from a checkpoint (default: the latest in the work folder)',
    )
    parser.add_argument(
        '--new-schedule',
        action='store_true',
        help="resume with this config's learning rates, not with the checkpoint's",
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--ema', action='store_true', help='average the weights over training')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    add_trust_option(parser)
    add_launcher_options(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.new_schedule and not args.resume:
        parser.error('--new-schedule needs --resume')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.config.preflight import check_steps
    from seg.apis.config.read import read_config
    from seg.apis.run_errors import explaining_errors
    from seg.apis.runner import build_runner
    from seg.engine.data_workers import closing_workers
    from seg.runtime.launch import on_rank_zero

    with ExitStack() as until_end:
        runner = build_runner(
            read_config(args.config, args.cfg_options),
            launcher=args.launcher,
            work_dir=args.work_dir,
            resume=args.resume,
            amp=args.amp,
            ema=args.ema,
            trust_checkpoint=args.trust_checkpoint,
            new_schedule=args.new_schedule,
            until_end=until_end,
        )
        with explaining_errors(runner.cfg), closing_workers(runner):
            loader = runner.train_loop.dataloader
            on_rank_zero(lambda: check_steps(loader))
            runner.train()


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    start_processes(__file__, args, argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
