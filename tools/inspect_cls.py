"""Show a text classifier: its classes, their nearest neighbours, and how it differs from another."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'file',
        type=expanded,
        help='a .pth file, or a name in ~/.cache/embd such as ViT-B-16_ADE20KPanopticDataset',
    )
    parser.add_argument(
        '--against', type=expanded, metavar='FILE', help='another classifier to compare it with'
    )
    parser.add_argument(
        '--out', type=expanded, metavar='PNG', help='write a similarity map of all classes'
    )
    parser.add_argument(
        '--sort', action='store_true', help='order the map so that similar classes are adjacent'
    )
    parser.add_argument(
        '--neighbours', type=int, default=3, help='nearest classes to show (default: 3)'
    )
    parser.add_argument('--pairs', type=int, default=10, help='confusable pairs (default: 10)')
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.neighbours < 1 or args.pairs < 1:
        parser.error('--neighbours and --pairs take numbers from 1')
    if args.sort and not args.out:
        parser.error('--sort needs --out')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.text_classifier.naming import classifier_path
    from seg.text_classifier.report.comparison import describe_comparison
    from seg.text_classifier.report.inspection import (
        describe_classes,
        describe_confusable,
        describe_content,
    )
    from seg.text_classifier.storage import read_classifier

    path = classifier_path(args.file)
    classifier, manifest = read_classifier(path)
    candidates = manifest['candidates']
    other = read_classifier(classifier_path(args.against)) if args.against else None
    if args.out:
        from seg.text_classifier.report.similarity_map import draw_similarity, write_figure

        names = [own[0] for own in candidates]
        figure = draw_similarity(classifier, names, title=path.stem, sort=args.sort)
        write_figure(Path(args.out).expanduser(), figure)
    lines = [
        *describe_content(path, classifier, manifest),
        '',
        *describe_classes(classifier, candidates, args.neighbours),
        '',
        *describe_confusable(classifier, candidates, args.pairs, words=True),
    ]
    if other:
        lines += ['', f'against {classifier_path(args.against)}']
        lines += describe_comparison((classifier, manifest), other)
    if args.out:
        lines += ['', f'similarity map: {args.out}']
    print('\n'.join(lines))


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
