"""Reduce a training checkpoint to its weights in half precision, for publishing."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import add_trust_option, run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint', type=expanded, help='a checkpoint of training')
    parser.add_argument(
        'out',
        type=expanded,
        help='file of the weights, NAME.pth; NAME.json says how they were made',
    )
    parser.add_argument(
        '--results', type=expanded, help='results_file of its evaluation, for the manifest'
    )
    parser.add_argument('--made-by', help='the command it was trained with, for the manifest')
    parser.add_argument('--fp32', action='store_true', help='keep single precision')
    add_trust_option(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if not args.out.endswith('.pth'):
        parser.error(f'out must end in .pth, got {args.out}')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.publish import publish_model

    record = {'made_by': args.made_by}
    if args.results:
        results = Path(args.results).expanduser()
        try:
            record['results'] = json.loads(results.read_text(encoding='utf-8'))['summary']
        except FileNotFoundError:
            raise FileNotFoundError(f'results file {results} does not exist') from None
        except (ValueError, KeyError, TypeError):
            raise ValueError(f'{results} is no results file of an evaluation') from None
    out = Path(args.out).expanduser()
    if args.results and results.resolve() == out.with_suffix('.json').resolve():
        raise ValueError(f'{results} would be replaced by the manifest; give out another name')
    manifest = publish_model(
        Path(args.checkpoint).expanduser(),
        out,
        half=not args.fp32,
        record=record,
        trust_checkpoint=args.trust_checkpoint,
    )
    print(
        f'{out}: {manifest["parameters"]:,} parameters, {manifest["bytes"] / 1e6:.1f} MB, '
        f'{manifest["precision"]}'
    )


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
