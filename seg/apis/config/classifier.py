"""What a config says about its text classifier: the text model, the class names, the templates."""

import warnings
from typing import Any

from mmengine.config import Config
from torch import Tensor

from ext.templates import get_templates
from seg.apis.config.build_errors import explain_build_error
from seg.apis.config.read import config_name, section, type_name
from seg.registry import DATASETS
from seg.runtime.project_files import how_to_run
from seg.text_classifier.naming import UNKNOWN_CONFIG, classifier_path
from seg.text_classifier.storage import first_difference, read_classifier
from seg.text_classifier.vocabulary import Vocabulary, find_vocabulary

DEFAULT_TEMPLATES = 'vild'
TEXT_ENCODER = 'seg.OpenCLIPTextEncoder'  # a name: importing the class takes seconds
_SPLITS = {'train': 'training', 'val': 'validation', 'test': 'test'}


def text_model_from_config(
    cfg: Config, model_name: str | None = None, checkpoint: str | None = None
) -> dict[str, Any]:
    """Config of the text encoder, from ``model.backbone`` if that is CLIP, else from ``text_model``.

    Args:
        cfg: A training or generation config.
        model_name: Takes the place of the config's model.
        checkpoint: Takes the place of the config's checkpoint.

    Returns:
        A dict with ``type``, ``model_name`` and ``init_cfg``, to be built by the registry.

    Raises:
        ValueError: If the config has neither and no ``model_name`` is given, or it is no dict.
    """
    backbone, own = section(cfg, 'model.backbone'), section(cfg, 'text_model')
    if _last(type_name(backbone)) == 'OpenCLIPBackbone':
        found = {key: backbone[key] for key in ('model_name', 'init_cfg') if key in backbone}
        unread = [key for key in found if key in own and own[key] != found[key]]
        if unread:
            warnings.warn(
                f'text_model of {config_name(cfg)} is not read, because model.backbone is a CLIP; '
                f'they differ in {", ".join(unread)}',
                stacklevel=2,
            )
        text_model = dict(type=TEXT_ENCODER, **found)
    elif own:
        text_model = {key: own[key] for key in own if key != 'type'}
        kind = type_name(own)
        is_ours = _last(kind) == 'OpenCLIPTextEncoder' and kind.partition('.')[0] in ('seg', kind)
        text_model['type'] = TEXT_ENCODER if is_ours or not kind else own['type']
    elif model_name is not None:
        text_model = dict(type=TEXT_ENCODER, init_cfg=None)
    else:
        raise ValueError(
            f'{config_name(cfg)} has no text model: its model.backbone is not an OpenCLIPBackbone and '
            "it has no text_model=dict(type='OpenCLIPTextEncoder', model_name=...); add one or give "
            '--model and --checkpoint'
        )
    if model_name is not None:
        text_model['model_name'] = model_name
    if 'model_name' not in text_model:
        raise ValueError(f'the text model of {config_name(cfg)} has no model_name')
    if checkpoint is not None:
        text_model['init_cfg'] = dict(type='clip_pretrain', checkpoint=checkpoint)
    return text_model


def vocabulary_from_config(cfg: Config, split: str = 'train') -> Vocabulary:
    """Class names of a dataset, from its metainfo alone; nothing is read from disk.

    Wrapped datasets (``RepeatDataset``, ``ClassBalancedDataset``, ``ConcatDataset``) are unwrapped;
    a ``ConcatOVDataset`` gives its merged vocabulary.

    Args:
        cfg: A training or generation config.
        split: 'train', 'val' or 'test': the dataset of which dataloader. Defaults to 'train'.

    Raises:
        ValueError: If there is no such dataset, it has no classes, or it joins datasets of
            different classes.
    """
    dataset_cfg = section(cfg, f'{split}_dataloader.dataset')
    if not dataset_cfg:
        raise ValueError(
            f'{config_name(cfg)} has no {split}_dataloader.dataset to take class names from; '
            'give --classes and --dataset-name'
        )
    return _vocabulary(dataset_cfg, f'the {_SPLITS[split]} dataset of {config_name(cfg)}')


def templates_from_config(cfg: Config, name: str | None = None) -> tuple[str, ...]:
    """The prompt templates: ``name``, else the config's ``templates``, else ViLD's.

    Raises:
        ValueError: If the set is unknown or a template has no ``{}``.
    """
    own = cfg.get('templates')
    return get_templates(name or (DEFAULT_TEMPLATES if own is None else own))


def own_rows(cfg: Config) -> tuple[Tensor, dict[str, Any]]:
    """The classifier Tensor[C, K, D] that a config's head names, and its manifest.

    Args:
        cfg: A config whose classes were derived.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or was made for other words than the data have now: its rows would
            get their names.
    """
    name = cfg.model.panoptic_head.ov_classifier_name
    try:
        rows, manifest = read_classifier(classifier_path(name))
    except (FileNotFoundError, ValueError) as error:
        raise type(error)(naming_config(error, cfg)) from None
    classes = list(vocabulary_from_config(cfg).classes)
    if manifest['classes'] != classes:
        raise ValueError(
            f'text classifier {name} was made for other words than {config_name(cfg)} has now: '
            f'{first_difference(manifest["classes"], classes)}; give its data the words of the training back'
        )
    return rows, manifest


def generation_command_of(cfg: Config, split: str = 'train') -> str:
    """The command that makes the classifier of a config, of one of its data sets."""
    return f'{how_to_run("tools/gen_cls.py")} {_arguments(cfg, split)}'


def naming_config(error: Exception, cfg: Config, split: str = 'train') -> str:
    """What an error about a classifier file says, with the config to make it by where it knew none."""
    return str(error).replace(UNKNOWN_CONFIG, _arguments(cfg, split))


def _arguments(cfg: Config, split: str) -> str:
    file = cfg.filename or UNKNOWN_CONFIG  # a config may be made in Python
    return file if split == 'train' else f'{file} --split {split}'


def _vocabulary(dataset_cfg: dict, where: str) -> Vocabulary:
    if 'dataset' in dataset_cfg:
        return _vocabulary(dataset_cfg['dataset'], where)
    name = type_name(dataset_cfg)
    if name.startswith('seg.') and 'metainfo' not in dataset_cfg:
        # The same as below, without importing mmdet.
        if 'vocabulary' in dataset_cfg:
            return Vocabulary.of(dataset_cfg['vocabulary'])
        if (found := find_vocabulary(_last(name))) is not None:
            return found
    if 'datasets' in dataset_cfg and _last(name) != 'ConcatOVDataset':
        parts = [_vocabulary(part, where) for part in dataset_cfg['datasets']]
        if not parts:
            raise ValueError(f'{where} joins no datasets')
        for part in parts[1:]:
            if part.classes != parts[0].classes:
                raise ValueError(
                    f'{where} joins {parts[0].dataset_name} '
                    f'({len(parts[0].classes)} classes) and {part.dataset_name} '
                    f'({len(part.classes)} classes), which differ; give --classes and --dataset-name'
                )
        return parts[0]
    try:
        dataset = DATASETS.build(_without_data(dataset_cfg))
    except Exception as error:  # the class may be anyone's
        reason = explain_build_error(error) or f'{type(error).__name__}: {error}'
        raise ValueError(f'cannot build {where}: {reason}') from error
    name = (
        getattr(dataset, 'dataset_name', None)
        or dataset.metainfo.get('dataset_name')
        or type(dataset).__name__
    )
    try:
        return Vocabulary.from_metainfo(dataset.metainfo, name)
    except ValueError as error:
        raise ValueError(f'{where}, {error}') from None


def _without_data(dataset_cfg: dict) -> dict:
    """A config that gives the metainfo alone: no annotations read, no paths joined, no transforms."""
    lazy = {**dataset_cfg, 'lazy_init': True}
    if 'dataset' in dataset_cfg:
        return {**lazy, 'dataset': _without_data(dataset_cfg['dataset'])}
    if 'datasets' in dataset_cfg:
        return {**lazy, 'datasets': [_without_data(part) for part in dataset_cfg['datasets']]}
    return {**lazy, 'pipeline': [], 'data_prefix': {}}


def _last(name: str) -> str:
    return name.rpartition('.')[2]
