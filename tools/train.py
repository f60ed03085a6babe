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
    parser.add_argument(
        '--data',
        type=expanded,
        metavar='FOLDER',
        help="train on data that tools/prepare_data.py made, in place of the config's; the text "
        'classifier is made if it is missing',
    )
    parser.add_argument(
        '--rehearse',
        type=expanded,
        metavar='FOLDER',
        help='with --data, also train on these prepared data, of classes that --load-from knows and is not to '
        'forget',
    )
    parser.add_argument(
        '--no-text-model',
        action='store_true',
        help='with --data, train on its classes alone: random rows in place of a text model, and no '
        'other words later',
    )
    parser.add_argument(
        '--load-from',
        type=expanded,
        metavar='CHECKPOINT',
        help='start from its weights; a file or URL, or a published model',
    )
    parser.add_argument(
        '--wise-ft',
        nargs='?',
        type=float,
        const=0.7,
        metavar='SHARE',
        help='with --load-from, forget less: the model has this share of the trained weights, and the rest of '
        'those it started from (without a number: 0.7)',
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--ema', action='store_true', help='average the weights over training')
    parser.add_argument(
        '--wandb',
        nargs='?',
        const='rps',
        metavar='PROJECT',
        help='also tell Weights & Biases; without a project: rps',
    )
    parser.add_argument(
        '--mlflow',
        nargs='?',
        const='rps',
        metavar='EXPERIMENT',
        help='also tell MLflow, at $MLFLOW_TRACKING_URI or in mlflow.db here; without an experiment: rps',
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    parser.add_argument(
        '--verbose', action='store_true', help='show all of the log, which is in a file else'
    )
    add_trust_option(parser)
    add_launcher_options(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.new_schedule and not args.resume:
        parser.error('--new-schedule needs --resume')
    for option in ('no_text_model', 'rehearse'):
        if getattr(args, option) and not args.data:
            parser.error(f'--{option.replace("_", "-")} needs --data')
    if args.wise_ft is not None and not 0 < args.wise_ft <= 1:
        parser.error(f'--wise-ft {args.wise_ft:g} is no share above 0 and at most 1')
    if args.wise_ft is not None and args.ema:
        parser.error('--wise-ft and --ema both say which weights the model has; give one of them')
    if args.wise_ft is not None and not (args.load_from or args.resume):
        parser.error('--wise-ft needs --load-from, the weights that are not to be forgotten')
    if args.load_from and args.resume:
        parser.error('--load-from begins anew, --resume goes on; give one of them')
    return args


def main(args: argparse.Namespace) -> None:
    from mmengine.dist import is_main_process

    from seg.apis.config.preflight import check_steps
    from seg.apis.config.read import read_config
    from seg.apis.published.opening import weights_file
    from seg.apis.run_errors import explaining_errors
    from seg.apis.runner import build_runner
    from seg.apis.training.own_data import train_on_own_data
    from seg.apis.training.trackers import add_trackers
    from seg.apis.training.words import after_interruption, before_training, next_steps
    from seg.engine.data_workers import closing_workers
    from seg.runtime.launch import on_rank_zero

    cfg = read_config(args.config, args.cfg_options)
    if args.load_from:
        cfg.load_from = weights_file(args.load_from)
    if args.data:
        train_on_own_data(
            cfg,
            args.data,
            given=args.cfg_options or (),
            rehearse=args.rehearse,
            no_text_model=args.no_text_model,
            launcher=args.launcher,
        )
    if args.wise_ft is not None:
        average = dict(type='mmengine.EMAHook', ema_type='seg.StartAverage', share=args.wise_ft)
        cfg.custom_hooks = [*(cfg.get('custom_hooks') or ()), average]
    run = Path(args.work_dir).name if args.work_dir else None
    add_trackers(cfg, wandb=args.wandb, mlflow=args.mlflow, run=run)
    with ExitStack() as until_end:
        runner = build_runner(
            cfg,
            launcher=args.launcher,
            work_dir=args.work_dir,
            resume=args.resume,
            amp=args.amp,
            ema=args.ema,
            trust_checkpoint=args.trust_checkpoint,
            verbose=args.verbose,
            new_schedule=args.new_schedule,
            until_end=until_end,
        )
        if args.wise_ft is not None and not runner.cfg.get('load_from'):
            raise ValueError(
                'there is no checkpoint to resume, and --wise-ft needs --load-from, the weights that '
                'are not to be forgotten'
            )
        with explaining_errors(runner.cfg), closing_workers(runner):
            loader = runner.train_loop.dataloader
            on_rank_zero(lambda: check_steps(loader))
            on_rank_zero(lambda: print(before_training(runner), flush=True))
            try:
                runner.train()
            except KeyboardInterrupt:
                if is_main_process():  # the others may not answer any more
                    instead_of = '--load-from' if args.load_from else ''
                    print(after_interruption(runner, instead_of=instead_of), file=sys.stderr)
                raise
        on_rank_zero(lambda: print(next_steps(runner)))


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    start_processes(__file__, args, argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
