"""Segment pictures, with the classes of training or with words of your own."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.command_line import run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('image', help='a picture, or a folder of them')
    parser.add_argument('config', help='a training config')
    parser.add_argument('checkpoint', help='a checkpoint of it')
    parser.add_argument('--classes', help="words for things: file or 'cat,kitten; sofa,couch'")
    parser.add_argument('--stuff', help="words for stuff: file or 'grass; sky'")
    parser.add_argument('--out-dir', default='demo_output', help='default: demo_output')
    parser.add_argument('--device', help='default: a GPU if there is one')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    args = parser.parse_args(argv)
    if args.stuff and not args.classes:
        parser.error('--stuff goes with --classes')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.config import read_config
    from seg.apis.inference import Segmenter
    from seg.apis.picture import draw_segments, image_files, write_image
    from seg.text_classifier.candidates import read_classes

    files = image_files(Path(args.image).expanduser())
    things = read_classes(args.classes) if args.classes else ()
    stuff = read_classes(args.stuff) if args.stuff else ()
    cfg = read_config(args.config, args.cfg_options)
    segmenter = Segmenter(cfg, args.checkpoint, args.device, things, stuff)
    out = Path(args.out_dir).expanduser()
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        index, segments = segmenter(str(file))
        write_image(out / f'{file.stem}.png', draw_segments(file, index, segments))
        record = [
            dict(
                name=s.name,
                is_thing=s.is_thing,
                score=round(s.score, 4),
                box=s.box,
                area=int(s.mask.sum()),
            )
            for s in segments
        ]
        (out / f'{file.stem}.json').write_text(json.dumps(record, indent=1, ensure_ascii=False))
        names = ', '.join(f'{s.name} {s.score:.2f}' for s in segments) or 'nothing'
        print(f'{out / file.stem}.png: {names}')


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
