"""Generate a synthetic panoptic data set in ADE20K's layout: shapes over textured backgrounds."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'out',
        type=expanded,
        help='output folder, in which ADEChallengeData2016 is created, e.g. data/shapes',
    )
    parser.add_argument(
        '--images', type=int, default=2000, help='number of training images (default: 2000)'
    )
    parser.add_argument(
        '--val', type=int, help='number of validation images (default: a tenth of --images)'
    )
    parser.add_argument('--size', type=int, default=128, help='image size in pixels (default: 128)')
    parser.add_argument('--seed', type=int, default=0, help='random seed (default: 0)')
    parser.add_argument(
        '--vocabulary',
        default='shapes',
        help='shapes (10 things, 4 stuff, the default), shapes_full (36, 6), shapes_open (the same, '
        '12 of the things in validation only) or ade20k (100, 50)',
    )
    parser.add_argument(
        '--workers', type=positive, help='number of processes (default: one per CPU)'
    )
    parser.add_argument(
        '--force', action='store_true', help='replace an existing synthetic data set'
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> None:
    from seg.runtime.parallel import available_cpus
    from seg.shapes.files import ShapesSettings, write_shapes

    settings = ShapesSettings(
        vocabulary=args.vocabulary,
        images=args.images,
        val=max(1, args.images // 10) if args.val is None else args.val,
        size=args.size,
        seed=args.seed,
    )
    folder, is_new = write_shapes(
        Path(args.out).expanduser(),
        settings,
        workers=args.workers or available_cpus(),
        force=args.force,
    )
    print(
        f'{folder}: {settings.images} training and {settings.val} validation images, '
        f'vocabulary {settings.vocabulary}{"" if is_new else ", is there already"}'
    )


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
