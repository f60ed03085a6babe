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
        '--no-text-model',
        action='store_true',
        help='with --data, train on its classes alone: random rows in place of a text model, and no '
        'other words later',
    )
    parser.add_argument(
        '--load-from',
        type=expanded,
        metavar='CHECKPOINT',
        help='start from its weights; a file or URL',
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
    if args.no_text_model and not args.data:
        parser.error('--no-text-model needs --data')
    if args.load_from and args.resume:
        parser.error('--load-from begins anew, --resume goes on; give one of them')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.after_training import after_training
    from seg.apis.config.preflight import check_steps
    from seg.apis.config.read import read_config
    from seg.apis.run_errors import explaining_errors
    from seg.apis.runner import build_runner
    from seg.engine.data_workers import closing_workers
    from seg.models.embedded.segmenter import checkpoint_file
    from seg.runtime.launch import on_rank_zero

    cfg = read_config(args.config, args.cfg_options)
    if args.load_from:
        cfg.load_from = checkpoint_file(args.load_from)
    if args.data:
        use_data(cfg, args)
    with ExitStack() as until_end:
        runner = build_runner(
            cfg,
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
        on_rank_zero(lambda: print(after_training(runner)))


def use_data(cfg, args: argparse.Namespace) -> None:
    """Put own data into a config, and see to their text classifier."""
    from seg.apis.classifier_files import make_classifiers, use_random_classifier
    from seg.apis.config.classifier import vocabulary_from_config
    from seg.apis.config.own_data import use_own_data
    from seg.runtime.launch import init_distributed, on_rank_zero

    use_own_data(cfg, args.data, args.cfg_options or ())
    vocabulary = vocabulary_from_config(cfg)
    if args.work_dir is None and not cfg.get('work_dir'):
        cfg.work_dir = f'work_dirs/{Path(args.config).stem}_{vocabulary.dataset_name}'
    init_distributed(args.launcher)
    if args.no_text_model:
        use_random_classifier(cfg)
        return
    try:
        (made,) = make_classifiers(cfg, vocabulary)
    except OSError as error:
        raise OSError(
            f'{error}; without a text model, --no-text-model trains on the {len(vocabulary.classes)} '
            'classes alone'
        ) from None
    if made.is_new:
        on_rank_zero(lambda: print(f'text classifier made: {made.path}'))


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    start_processes(__file__, args, argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
