"""Measure the small CLIP that comes with the package: how well it tells the shapes world's words apart."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--checkpoint',
        type=expanded,
        default='embedded',
        help='file or folder with other shapes_clip weights',
    )
    parser.add_argument(
        '--crops', type=positive, default=5, help='of each combination (default: 5)'
    )
    parser.add_argument('--scenes', type=positive, default=200, help='(default: 200)')
    parser.add_argument('--templates', default='vild', help='(default: vild)')
    parser.add_argument('--seed', type=int, default=0, help='of the pictures (default: 0)')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> None:
    from seg.shapes.clip.accuracy import describe_accuracy, evaluate_shapes_clip

    accuracy = evaluate_shapes_clip(
        args.checkpoint,
        crops=args.crops,
        scenes=args.scenes,
        templates=args.templates,
        seed=args.seed,
    )
    print(describe_accuracy(accuracy))


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
