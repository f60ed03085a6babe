"""Generate text classifiers with random rows: a baseline for the CLIP's text features."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=expanded, help='a training config')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    parser.add_argument('--seed', type=int, default=0, help='of the rows (default: 0)')
    parser.add_argument('--out-dir', type=expanded, help='output folder (default: ~/.cache/embd)')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> None:
    from seg.apis.config.read import read_config
    from seg.apis.random_classifier import random_options, write_random_classifiers
    from seg.runtime.project_files import how_to_run

    cfg = read_config(args.config, args.cfg_options)
    options = ' '.join(random_options(cfg))
    for path in write_random_classifiers(cfg, args.seed, args.out_dir):
        print(f'saved:      {path}')
    train = how_to_run('tools/train.py')
    print(f'train with: {train} {args.config} --cfg-options {options}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
