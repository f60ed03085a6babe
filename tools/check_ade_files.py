"""Check the files of a data set in ADE20K's panoptic layout; exit code 1 if something is wrong."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'root',
        type=expanded,
        nargs='?',
        help='folder of the data set, or one that contains ADEChallengeData2016 '
        '(default: ADE20K_ROOT, else data/ADEChallengeData2016)',
    )
    parser.add_argument(
        '--config', type=expanded, help='check the folder that this config reads from'
    )
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config, as in training'
    )
    parser.add_argument(
        '--deep',
        action='store_true',
        help='decode every file, and compare the ids in the PNGs with the annotations',
    )
    parser.add_argument('--workers', type=positive, help='processes (default: one a CPU)')
    args = parser.parse_args(argv)
    if args.root and args.config:
        parser.error('give a folder or --config, not both')
    if args.cfg_options and not args.config:
        parser.error('--cfg-options needs --config')
    return args


def main(args: argparse.Namespace) -> int:
    from seg.datasets.ade_files import check_ade_files
    from seg.datasets.ade_layout import find_ade_root
    from seg.datasets.parallel import available_cpus

    if args.config:
        from seg.apis.config import read_config
        from seg.apis.data_root import find_data_roots

        roots = find_data_roots(read_config(args.config, args.cfg_options))
        if not roots:
            raise ValueError(f'config {args.config} has no data set with a data_root to check')
    else:
        roots = [find_ade_root(args.root)]
    for root in roots:
        report = check_ade_files(root, deep=args.deep, workers=args.workers or available_cpus())
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
