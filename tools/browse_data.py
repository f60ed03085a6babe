"""See a panoptic data set before training: a page of HTML with its classes, pictures, and what is odd."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive
from seg.apis.command_line import run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'folder',
        type=expanded,
        nargs='?',
        help="data set in the layout of tools/prepare_data.py, ADE20K's or COCO's",
    )
    parser.add_argument(
        '--split', choices=('train', 'val'), help='one split of it (default: both, compared)'
    )
    parser.add_argument(
        '--ann',
        type=expanded,
        metavar='FILE',
        help="in place of it, JSON in COCO's panoptic format",
    )
    parser.add_argument(
        '--images', type=expanded, metavar='FOLDER', help='with --ann: folder of its pictures'
    )
    parser.add_argument(
        '--segments',
        type=expanded,
        metavar='FOLDER',
        help='with --ann: folder of its panoptic PNGs',
    )
    parser.add_argument(
        '--out',
        type=expanded,
        metavar='PAGE.html',
        help='the page (default: browse.html in the data set, or beside --ann)',
    )
    parser.add_argument(
        '--max',
        type=positive,
        default=100,
        metavar='N',
        help='pictures on the page, some 150 kB each (default: 100); all are examined',
    )
    parser.add_argument(
        '--workers', type=positive, help='number of processes (default: one per CPU)'
    )
    parser.add_argument(
        '--force', action='store_true', help='replace a file that is no page of this command'
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    return build_parser().parse_args(argv)


def main(args: argparse.Namespace) -> None:
    from shlex import quote

    from seg.datasets.browse.browse import browse
    from seg.datasets.browse.figures import percent
    from seg.datasets.browse.kinds import KINDS
    from seg.datasets.browse.source import Part, find_parts, require_files
    from seg.datasets.own.layout import PAGE, is_prepared
    from seg.runtime.parallel import available_cpus
    from seg.runtime.project_files import how_to_run

    files = (args.ann, args.images, args.segments)
    if args.folder is None and not any(files):
        raise ValueError(
            'no data set; give its FOLDER, or --ann FILE --images FOLDER --segments FOLDER'
        )
    if args.folder is not None and any(files):
        raise ValueError('give a FOLDER, or --ann, --images and --segments, not both')
    if args.folder is not None:
        folder = Path(args.folder)
        parts = find_parts(folder, args.split)
        page, title = folder / PAGE, folder.resolve().name
    else:
        if not all(files) or args.split:
            raise ValueError('--ann, --images and --segments go together, without --split')
        folder = None
        parts = [Part('', *map(Path, files))]
        require_files(parts[0])
        page, title = Path(args.ann).with_name(PAGE), Path(args.ann).stem
    if args.out:
        page = Path(args.out)
        if page.suffix.lower() not in ('.html', '.htm'):
            raise ValueError(f'--out {page} does not end in .html')
    found = browse(
        parts,
        page,
        title=title,
        folder=folder,
        most=args.max,
        workers=args.workers or available_cpus(),
        force=args.force,
    )
    counts = found.counts
    pictures = sum(counts.pictures)
    print(
        f'{title}: {pictures:,} picture{"" if pictures == 1 else "s"}, {counts.segments:,} segments, '
        f'{len(found.classes):,} classes, {percent(counts.void / max(1, counts.pixels))} void'
    )
    for line in found.odd_lists:
        print(f'odd: {line}')
    for kind, lines in found.odd.items():
        what = KINDS[kind].title
        print(f'odd: {what[0].lower() + what[1:]}: {len(lines):,} of {pictures:,} pictures')
    print(f'next: open {quote(str(page))}')
    if folder is not None and is_prepared(folder):
        train = how_to_run('tools/train.py')
        print(f'      {train} configs/own/regnet.py --data {quote(str(folder))}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
