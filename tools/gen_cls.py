"""Generate the text classifier for a config: class names -> prompts -> text features -> [C, K, D]."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import expanded
from seg.apis.command_line import add_launcher_options, run_command, start_processes


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'config', nargs='?', type=expanded, help='a generation or a training config'
    )
    parser.add_argument(
        '--split',
        choices=('train', 'val', 'test'),
        default='train',
        help='data set that gives the class names, if evaluation has other classes (default: train)',
    )
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    parser.add_argument('--model', help="CLIP model, in place of the config's, e.g. ViT-B-16")
    parser.add_argument(
        '--checkpoint',
        type=expanded,
        help='weights: open_clip tag, file, folder or hf-hub:org/name',
    )
    parser.add_argument(
        '--classes',
        type=expanded,
        help="file with one class per line, or a list: 'cat,kitten; sofa,couch' (commas alone part classes)",
    )
    parser.add_argument('--dataset-name', help='name of the vocabulary given by --classes')
    parser.add_argument(
        '--out-dir',
        type=expanded,
        help='output folder (default: $RPS_CLASSIFIER_ROOT, else ~/.cache/embd)',
    )
    parser.add_argument('--templates', help='vild (63, the default), panoptic, imagenet or simple')
    parser.add_argument(
        '--batch-size', type=int, default=256, help='prompts per batch (default: 256)'
    )
    parser.add_argument('--device', help='cpu, cuda, cuda:1, ... (default: a GPU if available)')
    parser.add_argument('--precision', choices=('fp32', 'bf16', 'fp16'), default='fp32')
    add_launcher_options(parser)
    parser.add_argument(
        '--no-cache', action='store_true', help='do not read or write the feature cache'
    )
    parser.add_argument(
        '--force', action='store_true', help='replace an existing file that differs'
    )
    parser.add_argument(
        '--verify',
        nargs='?',
        const='file',
        metavar='deep',
        help='only check the existing file; deep also re-encodes some of its rows',
    )
    return parser


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.verify not in (None, 'file', 'deep') and args.config is None:
        args.config, args.verify = args.verify, 'file'  # --verify CONFIG
    if args.verify not in (None, 'file', 'deep'):
        parser.error(f'--verify takes nothing or deep, got {args.verify}')
    if (args.classes is None) != (args.dataset_name is None):
        parser.error('--classes and --dataset-name must be given together')
    if args.split != 'train' and args.classes is not None:
        parser.error('--split cannot be combined with --classes')
    if args.config is None and (args.classes is None or args.model is None):
        parser.error('give a config, or --model together with --classes and --dataset-name')
    if args.verify and (args.templates or args.gpus or args.launcher != 'none'):
        parser.error(
            '--verify takes no --templates, --gpus or --launcher: one process reads the file'
        )
    if args.verify == 'file' and args.checkpoint:
        parser.error('--checkpoint needs --verify deep')
    return args


def main(args: argparse.Namespace) -> None:
    from seg.apis.config.classifier import (
        templates_from_config,
        text_model_from_config,
        vocabulary_from_config,
    )
    from seg.apis.config.read import Config, read_config
    from seg.apis.text_model import ConfiguredTextModel
    from seg.runtime.launch import init_distributed, on_rank_zero
    from seg.text_classifier.class_list import read_classes
    from seg.text_classifier.generate import generate_classifier
    from seg.text_classifier.naming import classifier_name, classifier_path
    from seg.text_classifier.report.summary import describe_file, describe_generated
    from seg.text_classifier.vocabulary import Vocabulary

    cfg = read_config(args.config, args.cfg_options) if args.config else Config()
    text_model = ConfiguredTextModel(text_model_from_config(cfg, args.model, args.checkpoint))
    init_distributed(args.launcher)
    if args.classes is None:
        vocabulary = vocabulary_from_config(cfg, args.split)
    else:
        words = on_rank_zero(lambda: read_classes(args.classes))  # what is unclear is said once
        vocabulary = Vocabulary(args.dataset_name, words)
    if args.verify:
        name = classifier_name(text_model.model_name, vocabulary.dataset_name)
        path = classifier_path(name, args.out_dir)
        print(describe_file(path, vocabulary.classes))
        if args.verify == 'deep':
            from seg.text_classifier.verify import verify_rows

            count = verify_rows(path, text_model, device=args.device)
            print(f'rows:       {count} re-encoded, all match the file')
        return
    if args.config is None:  # a config may ask for random weights, with init_cfg=None
        text_model.require_weights()
    generated = generate_classifier(
        text_model,
        vocabulary,
        templates_from_config(cfg, args.templates),
        out_dir=args.out_dir,
        precision=args.precision,
        device=args.device,
        batch_size=args.batch_size,
        force=args.force,
        use_cache=not args.no_cache,
    )
    on_rank_zero(lambda: print(describe_generated(generated, vocabulary.classes)))


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    start_processes(__file__, args, argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
