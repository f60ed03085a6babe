"""Text classifiers of random rows, to learn what the CLIP's words bring: for ablation only.

Writes one for the training and one for the validation dataset of a config. A candidate has the same
row in both, a unit vector drawn from the seed and the candidate alone, so classes are as easy to
tell apart as any, but no row says anything about what another one's class looks like.

    python benchmarks/random_classifier.py configs/reg_sam/clip_shapes.py
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.command_line import run_command

MODEL = 'random'


def random_features(names: Sequence[str], size: int, seed: int):
    """A unit row for each candidate, which depends on ``seed`` and the candidate alone.

    Args:
        names: N candidates.
        size: Size D of the joint space.
        seed: Other seeds give other rows.

    Returns:
        Tensor[N, D], float32.
    """
    import torch
    import torch.nn.functional as F

    rows = []
    for name in names:
        digest = hashlib.sha256(f'{seed} {name}'.encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], 'big'))
        rows.append(torch.randn(size, generator=generator))
    return F.normalize(torch.stack(rows), dim=-1)


def random_options(cfg) -> list[str]:
    """The ``--cfg-options`` that make a config use the random classifiers of its datasets."""
    from seg.apis.classifier_config import vocabulary_from_config
    from seg.apis.config import type_name
    from seg.text_classifier.naming import classifier_name

    names = {
        split: classifier_name(MODEL, vocabulary_from_config(cfg, split).dataset_name)
        for split in ('train', 'val')
    }
    (hook,) = (
        index
        for index, hook in enumerate(cfg.custom_hooks)
        if type_name(hook).endswith('EvalVocabularyHook')
    )
    return [
        f'model.panoptic_head.ov_classifier_name={names["train"]}',
        f'custom_hooks.{hook}.ov_classifier_name={names["val"]}',
    ]


def main(args: argparse.Namespace) -> None:
    from seg.apis.classifier_config import text_model_from_config, vocabulary_from_config
    from seg.apis.config import read_config
    from seg.models.openclip import architecture_config, resolve_architecture
    from seg.text_classifier.candidates import split_classes
    from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
    from seg.text_classifier.manifest import build_manifest
    from seg.text_classifier.naming import classifier_name, classifier_path
    from seg.text_classifier.storage import save_classifier

    cfg = read_config(args.config, args.cfg_options)
    model_name = text_model_from_config(cfg)['model_name']
    size = architecture_config(resolve_architecture(model_name))['embed_dim']
    for split in ('train', 'val'):
        vocabulary = vocabulary_from_config(cfg, split)
        candidates = split_classes(vocabulary.classes)
        features = random_features(distinct_candidates(candidates), size, args.seed)
        manifest = build_manifest(
            model_name=MODEL,
            dataset_name=vocabulary.dataset_name,
            classes=vocabulary.classes,
            templates=(),
            architecture='random unit vectors',
            precision='fp32',
            weights_digest=f'seed {args.seed}, size {size}',
        )
        path = classifier_path(classifier_name(MODEL, vocabulary.dataset_name), args.out_dir)
        save_classifier(path, assemble_classifier(features, candidates), manifest)
        print(f'saved:      {path}')
    options = ' '.join(random_options(cfg))
    print(f'train with: python tools/train.py {args.config} --cfg-options {options}')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='a training config with an EvalVocabularyHook')
    parser.add_argument('--cfg-options', nargs='+', metavar='KEY=VALUE', help='change the config')
    parser.add_argument('--seed', type=int, default=0, help='of the rows (default: 0)')
    parser.add_argument('--out-dir', help='folder of the files (default: ~/.cache/embd)')
    return parser.parse_args(argv)


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
