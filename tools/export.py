"""Export a trained model, or its text tower, as an ONNX file for ONNX Runtime and OpenVINO."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import add_trust_option, run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', type=expanded, help='a training config')
    parser.add_argument(
        'checkpoint',
        nargs='?',
        type=expanded,
        help='a checkpoint trained with this config; embedded for that of '
        'configs/reg_sam/clip_shapes.py; none with --text',
    )
    parser.add_argument('out', type=expanded, help='the file, NAME.onnx')
    parser.add_argument(
        '--words',
        choices=('open', 'fixed'),
        default='open',
        help='open: the vocabulary is an input of the file (the default); fixed: it is folded in',
    )
    parser.add_argument(
        '--split',
        choices=('train', 'val', 'test'),
        default='train',
        help='data set whose classes are folded in, if evaluation has other classes (default: train)',
    )
    parser.add_argument(
        '--classes',
        type=expanded,
        help="things to fold in: file or 'cat,kitten; sofa,couch' (commas alone part classes)",
    )
    parser.add_argument('--stuff', type=expanded, help="stuff to fold in: file or 'grass; sky'")
    parser.add_argument(
        '--text',
        action='store_true',
        help="export the config's text tower: tokens in, unit features out",
    )
    parser.add_argument(
        '--pictures',
        nargs='+',
        type=expanded,
        metavar='PICTURE',
        help='pictures, or folders of them, to check the file on (default: three that are drawn)',
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    parser.add_argument('--force', action='store_true', help='replace an existing file')
    add_trust_option(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if not args.out.endswith('.onnx'):
        parser.error(f'out must end in .onnx, got {args.out}')
    if args.text and args.checkpoint is not None:
        parser.error('--text takes no checkpoint: CONFIG OUT.onnx --text')
    if not args.text and args.checkpoint is None:
        parser.error('give CONFIG CHECKPOINT OUT.onnx, or CONFIG OUT.onnx --text')
    if args.stuff and not args.classes:
        parser.error('--stuff needs --classes')
    if args.classes and args.split != 'train':
        parser.error('--split cannot be combined with --classes')
    if args.words == 'open' and (args.classes or args.split != 'train'):
        parser.error('--classes, --stuff and --split choose the words that --words fixed folds in')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.config.read import read_config
    from seg.runtime.whole_files import require_writable

    out = Path(args.out).expanduser()
    if out.exists() and not args.force:
        raise FileExistsError(f'{out} already exists; give --force to replace it')
    require_writable(out)
    cfg = read_config(args.config, args.cfg_options)
    if args.text:
        from seg.apis.deploy.text_tower import export_text_tower

        print(export_text_tower(cfg, out))
        return
    export(args, cfg, out)


def export(args: argparse.Namespace, cfg, out: Path) -> None:

    from seg.apis.config.classifier import vocabulary_from_config
    from seg.apis.deploy.check import checked_export
    from seg.apis.segmenter import Segmenter
    from seg.models.embedded.segmenter import checkpoint_file
    from seg.panoptic.picture import image_files
    from seg.runtime.image_files import picture_pixels
    from seg.text_classifier.class_list import read_classes

    pictures = [
        picture_pixels(file, str(file))
        for file in image_files(*(Path(given).expanduser() for given in args.pictures or ()))
    ]
    things = read_classes(args.classes) if args.classes else ()
    stuff = read_classes(args.stuff) if args.stuff else ()
    if args.split != 'train':
        vocabulary = vocabulary_from_config(cfg, args.split)
        things, stuff = vocabulary.things, vocabulary.stuff
    checkpoint = Path(checkpoint_file(args.checkpoint)).expanduser()
    segmenter = Segmenter(
        cfg, checkpoint, 'cpu', things, stuff, trust_checkpoint=args.trust_checkpoint
    )
    for line in checked_export(segmenter, checkpoint, out, args.words, pictures):
        print(line, flush=True)
    can_test = args.words == 'open' or segmenter.vocabulary.classes == test_classes(cfg)
    command = 'tools/test.py' if can_test else 'demo/image_demo.py PICTURE'
    print(f'next: python {command} {args.config} {out}')


def test_classes(cfg) -> tuple[str, ...] | None:
    """The classes of a config's test set, which folded-in words have to be to be tested; None without one."""
    from seg.apis.config.classifier import vocabulary_from_config

    try:
        return tuple(vocabulary_from_config(cfg, 'test').classes)
    except ValueError:
        return None


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
