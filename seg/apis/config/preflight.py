"""Before the first batch: what in a config must fit together.

Datasets, classifiers and head must speak of the same classes, and norm statistics that are kept
must come from somewhere.
"""

import re
from collections.abc import Sized
from typing import Any

from mmengine.config import Config
from mmengine.dataset import InfiniteSampler
from mmengine.dist import get_rank
from torch.utils.data import DataLoader

from seg.apis.config.classifier import (
    generation_command_of,
    naming_config,
    vocabulary_from_config,
)
from seg.apis.config.derive import EVAL_HOOK, classifier_of, eval_hook
from seg.apis.config.read import config_name, section, type_name
from seg.text_classifier.indistinct import warn_of_near_classes
from seg.text_classifier.manifest import read_manifest
from seg.text_classifier.naming import classifier_path, manifest_path
from seg.text_classifier.storage import load_classifier
from seg.text_classifier.vocabulary import Vocabulary

_RESULT = re.compile(r'([PSR]Q|mIoU)(_th|_st|_seen|_unseen)?|mIoU_map')


def check_vocabulary(cfg: Config) -> None:
    """See that dataset names, classifier names, classifier files and classes agree.

    Checks the classifier of ``model.panoptic_head`` against the training dataset, and the datasets of
    evaluation against the ``EvalVocabularyHook`` if there is one; without one they must have the
    training dataset's classes. Reads the classifier files and the metainfo of the datasets, no data.
    :func:`derive_classes` has filled in what the config leaves out, and seen to the numbers of classes.

    Raises:
        FileNotFoundError: If there is no classifier file; names the command that makes it.
        ValueError: If two of them disagree, or there are more classes than void allows; names what differs and what mends it.
    """
    name = cfg.model.panoptic_head.ov_classifier_name
    trained = vocabulary_from_config(cfg)
    _check_void(cfg, len(trained.classes))
    key = 'model.panoptic_head.ov_classifier_name'
    manifest = _check_classifier(cfg, 'train', trained, name, key)
    for split in ('val', 'test'):
        if cfg.get(f'{split}_dataloader'):
            _check_evaluation(cfg, split, trained, manifest)


def check_parts(cfg: Config, *, training: bool) -> None:
    """See that a config has what mmengine's Runner needs, which it asks for late.

    Args:
        cfg: A config without a text classifier, so that nothing else has looked.
        training: For a training; else for a test.

    Raises:
        ValueError: If parts are missing; names them.
    """
    needed = ('test_dataloader', 'test_cfg', 'test_evaluator')
    if training:
        needed = ('train_dataloader', 'train_cfg', 'optim_wrapper')
    missing = [name for name in ('model', *needed) if not cfg.get(name)]
    if missing:
        what = 'training' if training else 'test'
        raise ValueError(
            f'{config_name(cfg)} has no {", ".join(missing)}, which a {what} takes; see '
            "mmdet's configs/_base_ for what they hold"
        )


def check_numbers(cfg: Config) -> None:
    """See that numbers which mmengine takes as they are can be.

    Raises:
        ValueError: For the first that cannot; names the key and what it takes.
    """
    for part, key, whole in (
        ('train_cfg', 'max_epochs', True),
        ('train_cfg', 'max_iters', True),
        ('train_cfg', 'val_interval', True),
        ('optim_wrapper', 'accumulative_counts', True),
        ('optim_wrapper.clip_grad', 'max_norm', False),
    ):
        value = section(cfg, part).get(key)
        if value is None:
            continue
        if not isinstance(value, int if whole else (int, float)) or not value > 0:
            kind = 'a whole number of 1 or more' if whole else 'a number above 0'
            raise ValueError(f'{part}.{key} is {value!r}, expected {kind}')
    best = section(cfg, 'default_hooks.checkpoint').get('save_best')
    evaluator = cfg.get('val_evaluator')
    is_ours = isinstance(evaluator, dict) and type_name(evaluator).endswith('PanopticQualityMetric')
    if is_ours and not evaluator.get('prefix') and best:
        for name in [best] if isinstance(best, str) else best:
            if name != 'auto' and not _RESULT.fullmatch(str(name)):
                raise ValueError(
                    f'default_hooks.checkpoint.save_best is {name!r}, which is no result of '
                    'PanopticQualityMetric; expected PQ, SQ or RQ, each alone or with _th, _st, '
                    '_seen or _unseen'
                )


def check_norm_statistics(cfg: Config) -> None:
    """See that a backbone that starts from random weights learns its norm statistics.

    Raises:
        ValueError: If it keeps those that it has (``norm_eval``), which random weights do not have.
    """
    backbone = cfg.model.backbone
    if backbone.get('norm_eval') and backbone.get('init_cfg') is None:
        raise ValueError(
            'model.backbone.norm_eval is True, which keeps the norm statistics of pretrained '
            'weights, but model.backbone.init_cfg is None; add to --cfg-options: '
            'model.backbone.norm_eval=False'
        )


def check_steps(loader: DataLoader) -> None:
    """See that a pass over the training data has a step.

    Raises:
        ValueError: If there are fewer images than a batch takes, and ``drop_last`` drops them.
    """
    if len(loader) or isinstance(loader.sampler, InfiniteSampler):
        return
    assert isinstance(loader.sampler, Sized)  # the loader asked it for its length
    images = len(loader.sampler)
    batch_size = getattr(loader.batch_sampler, 'batch_size', loader.batch_size)
    raise ValueError(
        f'there is no training step: drop_last drops the {images} images of a process, which are '
        f'fewer than a batch of {batch_size}; set train_dataloader.batch_size={max(images, 1)} or '
        'less, or train_dataloader.drop_last=False'
    )


def _check_void(cfg: Config, num_classes: int) -> None:
    """See that mmdet's preprocessor, where a config has it, does not pad with a class."""
    preprocessor = cfg.model.get('data_preprocessor') or {}
    value = preprocessor.get('seg_pad_value', 255)
    is_mmdets = type_name(preprocessor).endswith('DetDataPreprocessor')
    if is_mmdets and preprocessor.get('pad_seg') and value < num_classes:
        raise ValueError(
            f'model.data_preprocessor pads semantic maps with {value}, which is one of the '
            f'{num_classes} classes; set model.data_preprocessor.type=PanopticDataPreprocessor'
        )


def _check_evaluation(
    cfg: Config, split: str, trained: Vocabulary, trained_manifest: dict[str, Any]
) -> None:
    """See that the vocabulary of validation or test fits its dataset and the trained model."""
    vocabulary = vocabulary_from_config(cfg, split)
    hook = eval_hook(cfg)
    if hook is None:
        if vocabulary.classes != trained.classes:
            raise ValueError(
                f'{split}_dataloader has {vocabulary.dataset_name} with '
                f'{len(vocabulary.classes)} classes, which are not the {len(trained.classes)} of '
                f'the training dataset {trained.dataset_name}; to exchange the vocabulary for '
                f'evaluation, add dict(type={EVAL_HOOK}) to custom_hooks'
            )
        return
    if vocabulary.num_things is None:
        raise ValueError(
            f"{split}_dataloader's dataset {vocabulary.dataset_name} has no thing_classes in its "
            f'metainfo, which {EVAL_HOOK} needs to tell things from stuff'
        )
    key = f'ov_classifier_name of {EVAL_HOOK}'
    manifest = _check_classifier(cfg, split, vocabulary, hook.ov_classifier_name, key)
    models = [_text_model(of) for of in (trained_manifest, manifest)]
    if models[0] != models[1]:
        raise ValueError(
            f'the classifiers of {trained.dataset_name} and {vocabulary.dataset_name} were made '
            f'with different text models, {models[0]} and {models[1]}; regenerate both with: '
            f'{generation_command_of(cfg)} --force && {generation_command_of(cfg, split)} --force'
        )


def _check_classifier(
    cfg: Config, split: str, vocabulary: Vocabulary, name: str, key: str
) -> dict[str, Any]:
    """The manifest of a classifier file that is named and made for a dataset.

    Args:
        cfg: The config.
        split: Which dataset of the config the vocabulary is of.
        vocabulary: The dataset's.
        name: The ``ov_classifier_name``.
        key: Where the config has it, for the message.
    """
    which = {'train': 'training', 'val': 'validation', 'test': 'test'}[split]
    if not classifier_path(name).stem.endswith(f'_{vocabulary.dataset_name}'):
        raise ValueError(
            f'ov_classifier_name {name!r} is not a classifier of the {which} dataset '
            f'{vocabulary.dataset_name!r}: the name should end in _{vocabulary.dataset_name}; set '
            f'{key}, and make the file with: {generation_command_of(cfg, split)}'
        )
    try:
        classifier = load_classifier(name, classes=vocabulary.classes)
    except (FileNotFoundError, ValueError) as error:
        reason = naming_config(error, cfg, split)
        raise type(error)(reason + _hint(cfg, name, vocabulary.dataset_name, key)) from None
    if get_rank() == 0:
        warn_of_near_classes(classifier, vocabulary.classes)
    return read_manifest(manifest_path(classifier_path(name)))


def _hint(cfg: Config, name: str, dataset_name: str, key: str) -> str:
    """Where a name set by hand is not the one that the config's text model makes: which that is."""
    try:
        made = classifier_of(cfg, dataset_name)
    except ValueError:  # no text model makes any
        return ''
    return '' if name == made else f', which makes {made}: leave {key} out to use that'


def _text_model(manifest: dict[str, Any]) -> str:
    """Architecture and the beginning of the digest of the weights."""
    return f'{manifest.get("architecture")} {str(manifest.get("weights_digest"))[:12]}'
