"""Make a panoptic data set of your own pictures and labels, in the format that they have."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command

_SHOWN = 5
_ON_A_PAGE = 5_000  # pictures; of more the page takes a while, and has a command
_EPILOG = """formats, recognised by their content or named by --format:
  cityscapes  Cityscapes' leftImg8bit and gtFine (instanceIds)
  coco        COCO's instance annotations (polygons, run lengths, crowds), JSON
  labelme     labelme's JSON files, one a picture, and --things
  masks       images/, and a mask a file: masks/PICTURE/CLASS.png or masks/CLASS/PICTURE.png, an object
              each where they are numbered (CLASS_1.png, PICTURE_1.png)
  panoptic    COCO's panoptic annotations, JSON and PNGs
  semantic    a label image a picture: numbers, a palette or colours, and --names
  voc         Pascal VOC's JPEGImages, SegmentationClass, SegmentationObject; its 20 classes, those of
              CVAT's labelmap.txt, or --names
  yolo        Ultralytics' YOLO segmentation: data.yaml, images and text files of polygons
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', type=expanded, help='folder of the labels, or their one file')
    parser.add_argument('out', type=expanded, help='folder of the data set that is made')
    parser.add_argument('--format', help='format of the source, see below (default: what it shows)')
    parser.add_argument(
        '--images', type=expanded, help='folder of the pictures (default: found beside the labels)'
    )
    parser.add_argument(
        '--names',
        type=expanded,
        help="what the numbers or colours of label images are: a file, or '0: sky; 1: car,cars'",
    )
    parser.add_argument(
        '--things',
        help="classes that are things, 'car,person'; the others are stuff (default: as the source says)",
    )
    parser.add_argument(
        '--instances',
        choices=('components', 'one'),
        default='components',
        help='in label images, each connected component of a thing is an object, or all of it is one '
        '(default: components)',
    )
    parser.add_argument(
        '--min-area',
        type=int,
        default=0,
        metavar='PIXELS',
        help='smaller components become void (default: 0)',
    )
    parser.add_argument(
        '--val',
        type=float,
        default=0.1,
        metavar='SHARE',
        help='of the pictures for validation, where the source has none (default: 0.1)',
    )
    parser.add_argument('--seed', type=int, default=0, help='of that choice (default: 0)')
    parser.add_argument(
        '--group',
        metavar='REGEX',
        help="pictures with the same match in their names stay together; 'frames': those of which the "
        'last number alone differs',
    )
    parser.add_argument('--name', help='of the data set (default: that of OUT)')
    parser.add_argument(
        '--workers', type=positive, help='number of processes (default: one per CPU)'
    )
    parser.add_argument(
        '--force', action='store_true', help='make anew what this command made in OUT'
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if not 0 < args.val < 1:
        parser.error(f'--val {args.val:g} is no share between 0 and 1')
    if args.min_area < 0:
        parser.error(f'--min-area {args.min_area} is less than 0')
    return args


def main(args: argparse.Namespace) -> None:
    from dataclasses import replace
    from shlex import quote

    from seg.datasets.browse.browse import browse
    from seg.datasets.browse.source import find_parts
    from seg.datasets.own.layout import PAGE, REPORT
    from seg.datasets.own.oddities import summary
    from seg.datasets.own.prepare import prepare_data
    from seg.datasets.own.prepare_picture import Rules
    from seg.datasets.own.read import read_source, with_things
    from seg.datasets.own.source import Settings
    from seg.datasets.own.splits import with_splits
    from seg.runtime.parallel import available_cpus
    from seg.runtime.project_files import how_to_run
    from seg.text_classifier.class_list import class_names
    from seg.text_classifier.naming import classifier_name

    path, out = Path(args.source), Path(args.out)
    images = Path(args.images) if args.images else None
    folders = [own for own in (path, images) if own is not None and own.is_dir()]
    for folder in folders or ([path.parent] if path.is_file() else []):
        if out.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f'OUT {out} lies in {folder}, which is read; give another place')
    name = args.name or out.resolve().name
    classifier_name('model', name)  # of which it becomes a part
    source = read_source(path, Settings(images, args.names), args.format)
    things = None if args.things is None else class_names(args.things.replace(',', ';'))
    source = with_things(source, things)
    try:
        pictures, odd = with_splits(source.pictures, args.val, args.seed, args.group)
    except ValueError as error:
        raise ValueError('; '.join((str(error), *source.odd[:1]))) from None
    source = replace(source, pictures=tuple(pictures), odd=(*source.odd, *odd))
    workers = args.workers or available_cpus()
    prepared = prepare_data(
        source,
        out,
        name,
        rules=Rules(args.instances == 'components', args.min_area),
        workers=workers,
        force=args.force,
    )
    if prepared is None:
        print(f'{out} is there already; --force makes it anew')
    else:
        for line in summary(prepared.odd, _SHOWN):
            print(f'odd: {line}', file=sys.stderr)
        if prepared.odd:
            print(f'each of them: {out / REPORT}', file=sys.stderr)
        train, val = prepared.pictures['train'], prepared.pictures['val']
        kinds = {True: [], False: []}
        for own in source.classes:
            kinds[bool(own.is_thing)].append(f'{own.name} {prepared.segments[own.name]:,}')
        print(f'{out}: {train:,} pictures to train on, {val:,} to validate ({source.format})')
        for is_thing, names in kinds.items():
            print(f'{"things" if is_thing else "stuff"}: {", ".join(names) or "none"}')
        if train + val <= _ON_A_PAGE:
            browse(find_parts(out), out / PAGE, title=name, folder=out, workers=workers)
    page = out / PAGE
    print(f'names and synonyms, yours to edit: {out / "classes.txt"}')
    look = 'open' if page.is_file() else how_to_run('tools/browse_data.py')
    print(f'next: {look} {quote(str(page if page.is_file() else out))}')
    print(f'      {how_to_run("tools/train.py")} configs/own/regnet.py --data {quote(str(out))}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
