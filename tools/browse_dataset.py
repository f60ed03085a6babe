"""See what a training learns from: the pictures of any config after its augmentations, with their segments."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive, seconds
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=expanded, help='a training config')
    parser.add_argument(
        '--output-dir', type=expanded, metavar='FOLDER', help='new or empty folder for the pictures'
    )
    parser.add_argument('--not-show', action='store_true', help='open no window')
    parser.add_argument(
        '--show-interval', type=seconds, default=2, help='seconds that each is shown (default: 2)'
    )
    parser.add_argument(
        '--show-number', type=positive, metavar='N', help='the first N pictures (default: all)'
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.not_show and not args.output_dir:
        parser.error('--not-show needs --output-dir: else nothing is to be seen')
    return args


def main(args: argparse.Namespace) -> None:
    from collections import Counter

    from tqdm import tqdm

    from seg.apis.analysis.training_pictures import drawn_samples, training_data
    from seg.apis.analysis.windows import open_window
    from seg.apis.config.read import read_config
    from seg.apis.run_errors import explaining_errors
    from seg.panoptic.picture import write_image

    cfg = read_config(args.config, args.cfg_options)
    folder = Path(args.output_dir) if args.output_dir else None
    if folder is not None and folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise FileExistsError(f'--output-dir: {folder} is not an empty folder; give another one')
    show = None if args.not_show else open_window(args.show_interval)
    with explaining_errors(cfg):
        dataset = training_data(cfg)
        count = min(len(dataset), args.show_number or len(dataset))
        samples = drawn_samples(cfg, dataset, count)
        names: Counter[str] = Counter()  # a repeated picture is augmented anew
        for path, picture in tqdm(samples, total=count, disable=not sys.stderr.isatty()):
            name = Path(path).name
            names[name] += 1
            if folder is not None:
                again = f'.{names[name]}' if names[name] > 1 else ''
                write_image(folder / f'{name}{again}.png', picture)
            if show is not None:
                show(picture, name)
    if folder is not None:
        print(f'{folder}: {count} of {len(dataset)} training pictures')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
