"""Make ADE20K's panoptic annotations from the released archives; an interrupted run can be resumed."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'raw',
        type=expanded,
        nargs='?',
        help='folder of images, annotations and annotations_instance, or one that contains '
        'ADEChallengeData2016 (default: ADE20K_ROOT, else data/ADEChallengeData2016)',
    )
    parser.add_argument(
        '--workers', type=positive, help='number of processes (default: one per CPU)'
    )
    parser.add_argument('--force', action='store_true', help='regenerate existing files')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> None:
    from seg.datasets.ade20k.layout import find_ade_root
    from seg.datasets.ade20k.prepare import prepare_ade20k
    from seg.runtime.parallel import available_cpus

    root = find_ade_root(args.raw)
    workers = args.workers or available_cpus()
    for split, count in prepare_ade20k(root, workers=workers, force=args.force).items():
        file = root / f'ade20k_panoptic_{split}.json'
        print(f'{file}: {"is there already" if count is None else f"{count:,} images"}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
