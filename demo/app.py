"""A page in the browser: drop a picture, type words, see its segments."""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded, own_address, port
from seg.apis.command_line import add_runtime_option, add_trust_option, run_command


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'config',
        nargs='?',
        type=expanded,
        help='a training config (default: the embedded model); or a published model, which needs no '
        'checkpoint: a folder of tools/publish_model.py, or hf-hub:ORG/NAME',
    )
    parser.add_argument(
        'checkpoint',
        nargs='?',
        type=expanded,
        help='a checkpoint trained with this config, or its export (NAME.onnx); embedded for that of '
        'configs/reg_sam/clip_shapes.py',
    )
    parser.add_argument('--port', type=port, help='default: the first free one from 7860')
    parser.add_argument(
        '--host',
        type=own_address,
        default='127.0.0.1',
        help='0.0.0.0 allows access from other machines',
    )
    parser.add_argument('--device', help='default: a GPU if available')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    add_runtime_option(parser)
    add_trust_option(parser)
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    is_published = args.config and (args.config.startswith('hf-hub:') or Path(args.config).is_dir())
    if args.config and not args.checkpoint and not is_published:
        parser.error('a config needs a checkpoint')
    return args


def main(args: argparse.Namespace) -> None:
    from page.folder import page_folder

    from seg.apis.published.opening import read_model
    from seg.models.embedded.segmenter import embedded_model

    config, checkpoint = (args.config, args.checkpoint) if args.config else embedded_model()
    model = read_model(str(config), args.cfg_options)
    with page_folder() as folder:
        os.environ['GRADIO_TEMP_DIR'] = str(folder)  # of uploads; read as gradio is imported
        from page.examples import first_words, write_examples
        from page.layout import build_page
        from page.serving import serve

        from seg.apis.config.classifier import vocabulary_from_config
        from seg.apis.segmenter import Segmenter
        from seg.text_classifier.class_list import parse_classes

        vocabulary = vocabulary_from_config(getattr(model, 'cfg', model))
        things, stuff = first_words(vocabulary)
        segmenter = Segmenter(
            model,
            checkpoint and str(checkpoint),
            args.device,
            parse_classes(things),
            parse_classes(stuff),
            trust_checkpoint=args.trust_checkpoint,
            runtime=args.runtime,
        )
        is_shapes = vocabulary.dataset_name.startswith('Shapes')
        examples = write_examples(folder) if is_shapes else []
        page = build_page(segmenter, folder, things, stuff, examples)
        serve(page, folder, args.host, args.port)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
