"""What each part of the open vocabulary brings: PQ of seen and unseen classes without it.

Every checkpoint is evaluated with the head's own scores alone (in-vocabulary), with those of the
frozen CLIP alone (out-of-vocabulary), with both in the config's ensemble, and so without each part of
the fusion that helps unseen words. Checkpoints that were trained against random text embeddings (``tools/random_cls.py``) show what the CLIP's words bring.
Pictures and text classifiers are made anew, in a temporary folder.

    python benchmarks/open_vocabulary.py                # the model that comes with the project
    python benchmarks/open_vocabulary.py work_dirs/seed_*/epoch_30.pth --random work_dirs/random/epoch_30.pth
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.command_line import run_command

CONFIG = 'configs/reg_sam/clip_shapes.py'
#: Changes to the config's ensemble (weight of the CLIP's own score for seen and unseen classes) and
#: to its fusion.
WAYS: dict[str, tuple[dict, dict]] = {
    'head alone': (dict(alpha=0.0, beta=0.0), {}),
    'CLIP alone': (dict(alpha=1.0, beta=1.0), {}),
    'both': ({}, {}),
    'both, "no object" as learned': ({}, dict(no_object_bias=0.0)),
    'both, no maskness': ({}, dict(maskness_power=0.0)),
    'both, duplicates stay': ({}, dict(duplicate_iou=1.0)),
    'both, all parts of a mask': ({}, dict(largest_component=False)),
    'both, none of the four': (
        {},
        dict(no_object_bias=0.0, maskness_power=0.0, duplicate_iou=1.0, largest_component=False),
    ),
}
KEYS = ('PQ', 'PQ_seen', 'PQ_unseen')


def main(args: argparse.Namespace) -> None:
    from seg.apis.config.read import read_config
    from seg.apis.random_classifier import random_options
    from seg.models.embedded.segmenter import embedded_model

    with tempfile.TemporaryDirectory() as folder:
        options = [*(args.cfg_options or ()), f'data_root={folder}/ADEChallengeData2016']
        cfg = read_config(args.config, options)
        prepare(cfg, args, folder)
        groups = {'CLIP': (args.checkpoints or [str(embedded_model().checkpoint)], options)}
        if args.random:
            groups['random'] = (args.random, [*options, *random_options(cfg)])
        print(f'{"text embeddings":18}{"scores":30}{"seed":>6}' + ''.join(f'{k:>11}' for k in KEYS))
        for embeddings, (checkpoints, own_options) in groups.items():
            found: dict[str, list] = {}
            for checkpoint in checkpoints:
                for scores, seed, metrics in evaluate(args.config, own_options, checkpoint, folder):
                    found.setdefault(scores, []).append(metrics)
                    print_row(embeddings, scores, seed, metrics)
            if len(checkpoints) > 1:
                for scores, several in found.items():
                    mean = {k: statistics.fmean(metrics[k] for metrics in several) for k in KEYS}
                    print_row(embeddings, scores, 'mean', mean)


def prepare(cfg, args: argparse.Namespace, folder: str) -> None:
    """Make pictures and text classifiers, and let everything find them."""
    from seg.apis.config.classifier import (
        templates_from_config,
        text_model_from_config,
        vocabulary_from_config,
    )
    from seg.apis.random_classifier import write_random_classifiers
    from seg.apis.text_model import ConfiguredTextModel
    from seg.shapes.files import ShapesSettings, write_shapes
    from seg.text_classifier.generate import generate_classifier

    os.environ['RPS_CLASSIFIER_ROOT'] = folder
    settings = ShapesSettings('shapes_open', images=1, val=args.val, size=args.size)
    write_shapes(Path(folder), settings)
    for split in ('train', 'val'):
        generate_classifier(
            ConfiguredTextModel(text_model_from_config(cfg)),
            vocabulary_from_config(cfg, split),
            templates_from_config(cfg),
            use_cache=False,
        )
    write_random_classifiers(cfg, args.seed)


def evaluate(
    config: str, options: Sequence[str], checkpoint: str, folder: str
) -> Iterator[tuple[str, str, dict[str, float]]]:
    """PQ of a checkpoint in each of the ``WAYS``.

    Args:
        config: The training config.
        options: What to change in it.
        checkpoint: A checkpoint of it.
        folder: For what the runner writes.

    Yields:
        The name of the way, the seed of the training, and the metrics.
    """
    from seg.apis.config.read import read_config
    from seg.apis.runner import build_runner
    from seg.runtime.checkpoints.reading import read_checkpoint

    cfg = read_config(config, options)
    cfg.log_level = 'ERROR'
    cfg.visualizer.vis_backends = []
    runner = build_runner(cfg, work_dir=f'{folder}/work', load_from=checkpoint)
    meta = read_checkpoint(Path(checkpoint)).get('meta', {})
    for name, (weights, fusion) in WAYS.items():
        runner.model.ensemble = {**cfg.model.ensemble, **weights}
        runner.model.panoptic_fusion_head.test_cfg = {**cfg.model.test_cfg, **fusion}
        yield name, str(meta.get('seed', '-')), runner.test()


def print_row(embeddings: str, scores: str, seed: str, metrics: dict[str, float]) -> None:
    values = ''.join(f'{metrics[key]:11.2f}' for key in KEYS)
    print(f'{embeddings:18}{scores:30}{seed:>6}{values}', flush=True)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoints', nargs='*', help="trained against the CLIP's words")
    parser.add_argument('--random', nargs='+', help='trained against random text embeddings')
    parser.add_argument('--config', default=str(Path(__file__).resolve().parents[1] / CONFIG))
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    parser.add_argument('--val', type=int, default=200, help='pictures (default: 200)')
    parser.add_argument('--size', type=int, default=128, help='their sides (default: 128)')
    parser.add_argument('--seed', type=int, default=0, help='of the random rows (default: 0)')
    return parser.parse_args(argv)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
