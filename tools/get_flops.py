"""Count a model's multiply-adds and parameters; weights, data and a text classifier are not needed."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=expanded, help='a training config, ours or of mmdet')
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        '--shape',
        type=positive,
        nargs='+',
        default=[640, 640],
        metavar='PIXELS',
        help='height and width of the picture, or one number for both (default: 640 640)',
    )
    size.add_argument(
        '--num-images',
        type=positive,
        metavar='N',
        help='in place of it, the mean over the first N validation pictures, as their pipeline gives them',
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if len(args.shape) > 2:
        parser.error(f'--shape takes height and width, got {len(args.shape)} numbers')
    return args


def main(args: argparse.Namespace) -> None:
    import warnings

    from seg.apis.analysis.flops import cost_of_pictures, cost_of_shape
    from seg.apis.config.data_roots import find_data_roots
    from seg.apis.config.read import read_config

    cfg = read_config(args.config, args.cfg_options)
    warnings.filterwarnings('ignore', message='.*random')  # of weights, which cost the same
    if args.num_images:
        find_data_roots(cfg, ('val_dataloader',))
        cost = cost_of_pictures(cfg, args.num_images)
    else:
        cost = cost_of_shape(cfg, args.shape[0], args.shape[-1])
    line = '=' * 30
    print(line)
    if args.num_images:
        print(f'Compute type: mean of {args.num_images} validation pictures')
    print(f'Input shape: {cost.shape}')
    print(f'Flops: {cost.macs / 1e9:.2f} G multiply-adds')
    print(f'Params: {cost.parameters / 1e6:.2f} M')
    print(line)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
