"""Print a whole config: its bases, the options, and the numbers of classes that follow from the data set."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=expanded, help='any config of mmengine')
    parser.add_argument(
        '--save-path',
        type=expanded,
        metavar='FILE',
        help='also write it, to NAME.py, .json or .yml',
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.save_path and not args.save_path.endswith(('.py', '.json', '.yml', '.yaml')):
        parser.error(f'--save-path takes NAME.py, .json or .yml, got {args.save_path}')
    return args


def main(args: argparse.Namespace) -> None:
    import warnings

    from mmengine.fileio import dump

    from seg.apis.config.derive import derive_classes
    from seg.apis.config.read import read_config
    from seg.runtime.output_files import require_new
    from seg.runtime.whole_files import write_whole

    cfg = read_config(args.config, args.cfg_options)
    try:
        derive_classes(cfg)
    except ValueError as error:
        warnings.warn(f'numbers of classes are not filled in: {error}', stacklevel=2)
    if args.save_path:
        target = Path(args.save_path)
        require_new(target, '--save-path')
        text = cfg.pretty_text
        if target.suffix != '.py':
            text = dump(cfg.to_dict(), file_format=target.suffix[1:])
        write_whole(target, text.encode())
    print(cfg.pretty_text)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
