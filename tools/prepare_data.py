"""Make a panoptic data set of your own pictures and labels, in the format that they have."""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, natural, positive
from seg.apis.command_line import run_command

_SHOWN = 5
_ON_A_PAGE = 5_000  # pictures; of more the page takes a while, and has a command
_VAL, _SEED = 0.1, 0
_INSTANCES = ('components', 'one')
#: Formats whose classes --names names, and those that may mark several objects as one.
_NAMED = ('semantic', 'voc')
_WHOLE = ('cityscapes', 'masks', 'semantic', 'voc')
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
        choices=_INSTANCES,
        help='in label images, each connected component of a thing is an object, or all of it is one '
        f'(default: {_INSTANCES[0]})',
    )
    parser.add_argument(
        '--min-area',
        type=natural,
        metavar='PIXELS',
        help='smaller components become void (default: 0)',
    )
    parser.add_argument(
        '--val',
        type=_share,
        metavar='SHARE',
        help=f'of the pictures for validation, where the source has none (default: {_VAL})',
    )
    parser.add_argument('--seed', type=int, help=f'of that choice (default: {_SEED})')
    parser.add_argument(
        '--group',
        type=_expression,
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
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> None:
    from dataclasses import replace
    from shlex import quote

    from seg.datasets.browse.browse import browse, is_free
    from seg.datasets.browse.source import find_parts
    from seg.datasets.own.layout import PAGE, RECORD, REPORT
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
    _require_apart(path, images, out)
    page = out / PAGE
    is_anew = (out / RECORD).is_file()
    if is_anew and not is_free(page):
        raise FileExistsError(f'{page} is no page of this command, which writes one there; move it')
    name = args.name or out.resolve().name
    classifier_name('model', name)  # of which it becomes a part
    source = read_source(path, Settings(images, args.names), args.format)
    things = None if args.things is None else class_names(args.things.replace(',', ';'))
    source = with_things(source, things)
    share, seed = args.val or _VAL, args.seed or _SEED
    try:
        divided = with_splits(source.pictures, share, seed, args.group)
    except ValueError as error:
        why = source.odd[:1] if len(source.pictures) == 1 else ()  # the others are missed
        raise ValueError('; '.join((str(error), *why))) from None
    for line in _without_effect(args, source.format, has_splits=not divided.drawn):
        print(f'odd: {line}', file=sys.stderr)
    source = replace(source, pictures=divided.pictures, odd=(*source.odd, *divided.odd))
    workers = args.workers or available_cpus()
    if is_anew and args.force:
        page.unlink(missing_ok=True)  # of what goes
    prepared = prepare_data(
        source,
        out,
        name,
        rules=Rules(args.instances in (None, 'components'), args.min_area or 0),
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
        for own, count in zip(source.classes, prepared.segments, strict=True):
            kinds[bool(own.is_thing)].append(f'{own.name} {count:,}')
        print(f'{out}: {train:,} pictures to train on, {val:,} to validate ({source.format})')
        if divided.drawn:
            print(
                f'drawn for validation: {divided.drawn:,} of {len(divided.pictures):,} pictures '
                f'(--val {share:g}, --seed {seed})'
            )
        for is_thing, names in kinds.items():
            print(f'{"things" if is_thing else "stuff"}: {", ".join(names) or "none"}')
        if train + val <= _ON_A_PAGE:
            browse(find_parts(out), page, title=name, folder=out, workers=workers)
        if prepared.old_class_file:
            print(f'names and synonyms of before, which do not fit: {prepared.old_class_file}')
    print(f'names and synonyms, yours to edit: {out / "classes.txt"}')
    look = 'open' if page.is_file() else how_to_run('tools/browse_data.py')
    print(f'next: {look} {quote(str(page if page.is_file() else out))}')
    print(f'      {how_to_run("tools/train.py")} configs/own/regnet.py --data {quote(str(out))}')


def _require_apart(source: Path, images: Path | None, out: Path) -> None:
    """See that nothing is written where something is read, nor the other way round."""
    folders = [own for own in (source, images) if own is not None and own.is_dir()]
    place = out.resolve()
    for folder in folders or ([source.parent] if source.is_file() else []):
        if place.is_relative_to(folder.resolve()):
            raise ValueError(f'OUT {out} lies in {folder}, which is read; give another place')
        if folder.resolve().is_relative_to(place):
            raise ValueError(f'{folder}, which is read, lies in OUT {out}; give another place')


def _without_effect(args: argparse.Namespace, kind: str, *, has_splits: bool) -> list[str]:
    """A line on each option that was given and changes nothing for a source of this format."""
    reasons = {}
    if kind not in _NAMED:
        reasons['names'] = f'for {kind} names its classes itself'
    if kind not in _WHOLE:
        reasons |= dict.fromkeys(
            ('instances', 'min_area'), f'for {kind} marks each object by itself'
        )
    elif args.instances == 'one':
        reasons['min_area'] = 'for with --instances one nothing is taken apart'
    if has_splits:
        reasons |= dict.fromkeys(('val', 'seed', 'group'), 'for the source has its own validation')
    return [
        f'--{option.replace("_", "-")} has no effect, {reason}'
        for option, reason in reasons.items()
        if getattr(args, option) is not None
    ]


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f'expected a share between 0 and 1, got {text!r}')
    return share


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f'{text!r} is no regular expression: {error}') from None
    return text


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
