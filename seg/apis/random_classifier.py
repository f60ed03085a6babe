"""Text classifiers of random rows for a config, for ablation only: what do the CLIP's words bring?"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from mmengine.config import Config
from torch import Tensor

from seg.apis.config.classifier import own_rows, text_model_from_config, vocabulary_from_config
from seg.apis.config.read import section, type_name
from seg.models.openclip import architecture_config, resolve_architecture
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import (
    assemble_classifier,
    distinct_candidates,
    rows_of_candidates,
)
from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.naming import classifier_name, classifier_path
from seg.text_classifier.storage import save_classifier

MODEL_NAME = 'random'
_HOOK = 'EvalVocabularyHook'


def write_random_classifiers(cfg: Config, seed: int = 0, out_dir: str | None = None) -> list[Path]:
    """Write one for the training dataset, and one for the validation dataset of an ``EvalVocabularyHook``.

    Files there are replaced. A candidate has the same row in both. The manifests have ``pretrained`` null.

    Args:
        cfg: A training config; its text model decides the size of the rows.
        seed: Of the rows. Defaults to 0.
        out_dir: Folder of the files. Defaults to ``$RPS_CLASSIFIER_ROOT`` or ``~/.cache/embd``.

    Returns:
        The tensor files.

    Raises:
        ValueError: If the config has no text model or no class names.
        OSError: If a file cannot be written.
    """
    architecture = resolve_architecture(text_model_from_config(cfg)['model_name'])
    size = architecture_config(architecture)['embed_dim']
    paths = []
    for split in _splits(cfg):
        vocabulary = vocabulary_from_config(cfg, split)
        candidates = split_classes(vocabulary.classes)
        rows = random_features(distinct_candidates(candidates), size, seed)
        manifest = build_manifest(
            model_name=MODEL_NAME,
            dataset_name=vocabulary.dataset_name,
            classes=vocabulary.classes,
            templates=(),
            architecture='random unit vectors',
            precision='fp32',
            weights_digest=f'seed {seed}, size {size}',
        )
        paths.append(classifier_path(classifier_name(MODEL_NAME, vocabulary.dataset_name), out_dir))
        save_classifier(paths[-1], assemble_classifier(rows, candidates), manifest)
    return paths


def random_features(names: Sequence[str], size: int, seed: int = 0) -> Tensor:
    """A unit row for each candidate, which depends on ``seed`` and the candidate alone.

    Classes are as easy to tell apart as any, but no row says anything about what another class, or
    the same one by another word, looks like.

    Args:
        names: N candidates.
        size: Size D of the joint space.
        seed: Other seeds give other rows. Defaults to 0.

    Returns:
        Tensor[N, D], float32.
    """
    rows = []
    for name in names:
        digest = hashlib.sha256(f'{seed} {name}'.encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], 'big'))
        rows.append(torch.randn(size, generator=generator))
    return F.normalize(torch.stack(rows), dim=-1)


def random_rows(cfg: Config) -> dict[str, Tensor] | None:
    """The rows Tensor[D] of the candidates that a config was trained on, where they are random; else None.

    Raises:
        FileNotFoundError: If the file of the rows is not there.
        ValueError: If it is damaged, or of other words than the data have now.
    """
    name = section(cfg, 'model.panoptic_head').get('ov_classifier_name')
    if not isinstance(name, str) or not Path(name).stem.startswith(f'{MODEL_NAME}_'):
        return None
    classes = vocabulary_from_config(cfg).classes
    return rows_of_candidates(split_classes(classes), own_rows(cfg)[0])


def random_options(cfg: Config) -> list[str]:
    """The ``--cfg-options`` that let a config train and evaluate with these files."""
    keys = {'train': 'model.panoptic_head', 'val': f'custom_hooks.{_hook_index(cfg)}'}
    names = {
        split: classifier_name(MODEL_NAME, vocabulary_from_config(cfg, split).dataset_name)
        for split in _splits(cfg)
    }
    return [f'{keys[split]}.ov_classifier_name={name}' for split, name in names.items()]


def _splits(cfg: Config) -> tuple[str, ...]:
    return ('train',) if _hook_index(cfg) is None else ('train', 'val')


def _hook_index(cfg: Config) -> int | None:
    hooks = [type_name(hook).rpartition('.')[2] for hook in cfg.get('custom_hooks') or ()]
    return hooks.index(_HOOK) if _HOOK in hooks else None
