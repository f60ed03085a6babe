"""Check the files of a panoptic data set, ADE20K's or a config's; exit code 1 if something is wrong."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'root',
        type=expanded,
        nargs='?',
        help='folder of the data set, or one that contains ADEChallengeData2016 '
        '(default: ADE20K_ROOT, else data/ADEChallengeData2016)',
    )
    parser.add_argument(
        '--config', type=expanded, help='check the files and classes of this config'
    )
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config, as in training'
    )
    parser.add_argument(
        '--deep',
        action='store_true',
        help='decode every file, and compare the ids in the PNGs with the annotations',
    )
    parser.add_argument(
        '--workers', type=positive, help='number of processes (default: one per CPU)'
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.root and args.config:
        parser.error('give a folder or --config, not both')
    if args.cfg_options and not args.config:
        parser.error('--cfg-options needs --config')
    return args


def main(args: argparse.Namespace) -> int:
    from seg.datasets.ade20k.check import check_ade_files
    from seg.datasets.ade20k.layout import ADE_FILES, find_ade_root
    from seg.runtime.parallel import available_cpus

    if args.config:
        from seg.apis.config.data_files import data_files
        from seg.apis.config.data_roots import find_data_roots
        from seg.apis.config.read import read_config

        cfg = read_config(args.config, args.cfg_options)
        if not find_data_roots(cfg):
            raise ValueError(f'config {args.config} has no data set with a data_root to check')
        parts = data_files(cfg)
    else:
        parts = {find_ade_root(args.root): ADE_FILES}
    for root, splits in parts.items():
        report = check_ade_files(
            root, splits, deep=args.deep, workers=args.workers or available_cpus()
        )
        print(report.describe())
        if report.problems:
            count = sum(map(len, report.problems.values()))
            print(f'error: {count:,} problems in {root}', file=sys.stderr)
            return 1
    print('everything is there' + ('' if args.deep else '; --deep compares the ids too'))
    return 0


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
