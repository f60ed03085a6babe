"""Segment pictures and videos, with the classes of training or with words of your own."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, positive, seconds
from seg.apis.command_line import add_runtime_option, add_trust_option, run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'image',
        type=expanded,
        nargs='+',
        help='pictures, videos, folders of them, the number of a camera (0), or a URL of a stream '
        '(rtsp://HOST/PATH); videos lose their sound',
    )
    parser.add_argument(
        'config',
        type=expanded,
        help='a training config; or a published model, which needs no checkpoint: a folder of '
        'tools/publish_model.py, or hf-hub:ORG/NAME',
    )
    parser.add_argument(
        'checkpoint',
        nargs='?',
        type=expanded,
        help='a checkpoint trained with this config, or its export (NAME.onnx); embedded for that of '
        'configs/reg_sam/clip_shapes.py',
    )
    parser.add_argument(
        '--classes',
        type=expanded,
        help="words for things: file or 'cat,kitten; sofa,couch' (commas alone part classes)",
    )
    parser.add_argument('--stuff', type=expanded, help="words for stuff: file or 'grass; sky'")
    parser.add_argument(
        '--out-dir', type=expanded, default='demo_output', help='default: demo_output'
    )
    parser.add_argument(
        '--out',
        type=expanded,
        metavar='FILE',
        help='the video to write (.mp4, .mov, .mkv), of one video, camera or stream',
    )
    parser.add_argument(
        '--jsonl',
        type=expanded,
        metavar='FILE',
        help='write the segments too, a line of JSON for each picture or frame (.jsonl)',
    )
    parser.add_argument(
        '--overwrite', action='store_true', help='replace the files of --out and --jsonl'
    )
    parser.add_argument(
        '--frames', type=positive, metavar='N', help='stop each video after N frames'
    )
    parser.add_argument(
        '--batch-size',
        type=positive,
        default=1,
        metavar='N',
        help='pictures that go through the model together; default: 1',
    )
    parser.add_argument(
        '--timeout',
        type=seconds,
        default=10,
        metavar='SECONDS',
        help='how long a stream may be silent; default: 10',
    )
    parser.add_argument('--device', help='default: a GPU if available')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    add_runtime_option(parser)
    add_trust_option(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_intermixed_args(argv)
    # The first of these takes all but one word: the checkpoint, or a published model.
    if not args.config.startswith('hf-hub:') and not Path(args.config).is_dir():
        *pictures, config = args.image
        if not pictures:
            parser.error(f'config {args.config} needs a checkpoint')
        args.image, args.config, args.checkpoint = pictures, config, args.config
    if args.stuff and not args.classes:
        parser.error('--stuff needs --classes')
    return args


def main(args: argparse.Namespace) -> int:
    from seg.apis.frames.job import plan_job
    from seg.apis.frames.run import run_job
    from seg.apis.frames.sources import find_sources
    from seg.apis.published.opening import read_model
    from seg.apis.segmenter import Segmenter
    from seg.models.embedded.segmenter import checkpoint_file
    from seg.text_classifier.class_list import read_classes

    checkpoint = args.checkpoint and checkpoint_file(args.checkpoint)
    job = plan_job(
        *find_sources(args.image),
        Path(args.out_dir).expanduser(),
        out=args.out and Path(args.out),
        lines=args.jsonl and Path(args.jsonl),
        overwrite=args.overwrite,
        others=[file for file in (args.config, checkpoint) if file],
    )
    segmenter = Segmenter(
        read_model(args.config, args.cfg_options),
        checkpoint,
        args.device,
        read_classes(args.classes) if args.classes else (),
        read_classes(args.stuff) if args.stuff else (),
        trust_checkpoint=args.trust_checkpoint,
        runtime=args.runtime,
    )
    return run_job(
        segmenter, job, batch_size=args.batch_size, limit=args.frames, timeout=args.timeout
    )


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
