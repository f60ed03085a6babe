"""Segment pictures, with the classes of training or with words of your own."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import add_trust_option, run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('image', type=expanded, nargs='+', help='pictures, or folders of them')
    parser.add_argument('config', type=expanded, help='a training config')
    parser.add_argument(
        'checkpoint',
        type=expanded,
        help='a checkpoint trained with this config; embedded for that of configs/reg_sam/clip_shapes.py',
    )
    parser.add_argument(
        '--classes', type=expanded, help="words for things: file or 'cat,kitten; sofa,couch'"
    )
    parser.add_argument('--stuff', type=expanded, help="words for stuff: file or 'grass; sky'")
    parser.add_argument(
        '--out-dir', type=expanded, default='demo_output', help='default: demo_output'
    )
    parser.add_argument('--device', help='default: a GPU if available')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    add_trust_option(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.stuff and not args.classes:
        parser.error('--stuff needs --classes')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.config.read import read_config
    from seg.apis.segmenter import Segmenter
    from seg.models.embedded.segmenter import checkpoint_file
    from seg.panoptic.picture import image_files
    from seg.runtime.image_files import UnreadableImageError
    from seg.runtime.output_files import name_outputs
    from seg.runtime.whole_files import write_whole
    from seg.text_classifier.class_list import read_classes

    files = image_files(*(Path(image).expanduser() for image in args.image))
    outputs = name_outputs(files, Path(args.out_dir).expanduser(), ('.png', '.json'))
    things = read_classes(args.classes) if args.classes else ()
    stuff = read_classes(args.stuff) if args.stuff else ()
    segmenter = Segmenter(
        read_config(args.config, args.cfg_options),
        checkpoint_file(args.checkpoint),
        args.device,
        things,
        stuff,
        trust_checkpoint=args.trust_checkpoint,
    )
    skipped = 0
    for file in files:
        try:
            found = segmenter(file)
        except (UnreadableImageError, FileNotFoundError) as error:  # a link to nothing, too
            skipped += 1
            print(f'skipped: {error}', file=sys.stderr)
            continue
        picture, description = outputs[str(file)]
        found.save(picture)
        text = json.dumps(found.to_dict(), indent=1, ensure_ascii=False)
        write_whole(description, text.encode())
        print(f'{picture}: {found}')
    if skipped:
        raise ValueError(f'{skipped} of {len(files)} pictures could not be used and were skipped')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
