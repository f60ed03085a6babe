"""Make a test set of its released files: pc59, pc459 or ade20k_full. An interrupted run can be resumed."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command
from seg.datasets.test_sets.prepared import PREPARED


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('test_set', choices=tuple(PREPARED), help='name of the test set')
    parser.add_argument(
        'raw',
        type=expanded,
        nargs='?',
        help='folder of the released files: VOC2010 with JPEGImages, trainval and labels.txt (default: '
        'data/VOCdevkit/VOC2010), or ADE20K_2021_17_01 (default: ADE20K_FULL_ROOT, else '
        'data/ADE20K_2021_17_01)',
    )
    parser.add_argument(
        '--list',
        type=expanded,
        dest='list_file',
        metavar='FILE',
        help='names of the validation pictures of Pascal Context, one a line (default: '
        'ImageSets/SegmentationContext/val.txt, pascalcontext_val.txt or ImageSets/Main/val.txt)',
    )
    parser.add_argument(
        '--workers', type=positive, help='number of processes (default: one per CPU)'
    )
    parser.add_argument('--force', action='store_true', help='regenerate existing files')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> None:
    from seg.apis.zero_shot.prepare import prepare_test_set
    from seg.runtime.parallel import available_cpus
    from seg.runtime.project_files import how_to_run

    done = prepare_test_set(
        args.test_set,
        args.raw,
        list_file=args.list_file,
        workers=args.workers or available_cpus(),
        force=args.force,
    )
    state = f'{done.written:,} files written' if done.written else 'all files are there already'
    print(f'{args.test_set}: {done.images:,} pictures of {done.source}, {state} in {done.root}')
    print(f'next: {how_to_run("tools/check_test_sets.py")} {args.test_set}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
