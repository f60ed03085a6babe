"""What each part of the open vocabulary brings: PQ of seen and unseen classes without it.

Every checkpoint is evaluated with the head's own scores alone (in-vocabulary), with those of the
frozen CLIP alone (out-of-vocabulary), and with both in the config's ensemble. Checkpoints that were
trained against random text embeddings (``benchmarks/random_classifier.py``) show what the CLIP's
words bring; give one for each seed of training.

    python benchmarks/open_vocabulary.py work_dirs/clip_shapes/epoch_12.pth \\
        --random work_dirs/clip_shapes_random/epoch_12.pth
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from seg.apis.command_line import run_command

#: Weight of the CLIP's own score for seen and unseen classes; None leaves the config's.
SCORES = {
    'head alone': dict(alpha=0.0, beta=0.0),
    'CLIP alone': dict(alpha=1.0, beta=1.0),
    'both': None,
}
KEYS = ('PQ', 'PQ_seen', 'PQ_unseen')


def evaluate(
    config: str, options: Sequence[str], checkpoint: str
) -> Iterator[tuple[str, int, dict[str, float]]]:
    """PQ of a checkpoint with each of the ``SCORES``.

    Args:
        config: The training config.
        options: What to change in it.
        checkpoint: A checkpoint of it.

    Yields:
        The name of the scores, the seed of the training, and the metrics.
    """
    import torch

    from seg.apis.config import read_config
    from seg.apis.runner import build_runner

    cfg = read_config(config, options)
    cfg.log_level = 'ERROR'
    cfg.visualizer.vis_backends = []
    with tempfile.TemporaryDirectory() as folder:
        runner = build_runner(cfg, work_dir=folder, load_from=checkpoint)
        seed = torch.load(checkpoint, map_location='cpu', weights_only=False)['meta']['seed']
        for name, weights in SCORES.items():
            runner.model.ensemble = {**cfg.model.ensemble, **(weights or {})}
            yield name, seed, runner.test()


def main(args: argparse.Namespace) -> None:
    from random_classifier import random_options

    from seg.apis.config import read_config

    options = args.cfg_options or []
    groups = {'CLIP': (args.checkpoints, options)}
    if args.random:
        random = random_options(read_config(args.config, options))
        groups['random'] = (args.random, [*options, *random])
    print(f'{"text embeddings":18}{"scores":14}{"seed":>12}' + ''.join(f'{k:>11}' for k in KEYS))
    for embeddings, (checkpoints, own_options) in groups.items():
        found: dict[str, list] = {}
        for checkpoint in checkpoints:
            for scores, seed, metrics in evaluate(args.config, own_options, checkpoint):
                found.setdefault(scores, []).append(metrics)
                print_row(embeddings, scores, str(seed), metrics)
        if len(checkpoints) > 1:
            for scores, several in found.items():
                mean = {key: statistics.fmean(metrics[key] for metrics in several) for key in KEYS}
                print_row(embeddings, scores, 'mean', mean)


def print_row(embeddings: str, scores: str, seed: str, metrics: dict[str, float]) -> None:
    values = ''.join(f'{metrics[key]:11.2f}' for key in KEYS)
    print(f'{embeddings:18}{scores:14}{seed:>12}{values}', flush=True)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('checkpoints', nargs='+', help="trained against the CLIP's words")
    parser.add_argument('--random', nargs='+', help='trained against random text embeddings')
    parser.add_argument('--config', default='configs/reg_sam/clip_shapes.py')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    return parser.parse_args(argv)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
