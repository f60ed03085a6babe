"""Each way in which the parts of a config can disagree is one clear error."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.dataset import InfiniteSampler
from torch.utils.data import DataLoader

from seg.apis.config.derive import derive_classes, eval_hook
from seg.apis.config.preflight import (
    check_norm_statistics,
    check_numbers,
    check_steps,
    check_vocabulary,
)
from seg.apis.config.read import read_config
from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.naming import classifier_path
from seg.text_classifier.storage import save_classifier
from seg.text_classifier.vocabulary import find_vocabulary

CONFIG = Path(__file__).parents[4] / 'configs/reg_sam/clip_shapes.py'
BASE, OPEN = 'ShapesBasePanopticDataset', 'ShapesOpenPanopticDataset'


def write(dataset, classes=None, digest='a', architecture='shapes_clip'):
    classes = classes or find_vocabulary(dataset).classes
    manifest = build_manifest(
        model_name='shapes_clip',
        dataset_name=dataset,
        classes=classes,
        templates=['a {}'],
        architecture=architecture,
        precision='fp32',
        weights_digest=digest,
    )
    rows = F.normalize(torch.ones(len(classes), 1, 4), dim=-1)
    save_classifier(classifier_path(f'shapes_clip_{dataset}'), rows, manifest)


@pytest.fixture
def cfg():
    write(BASE)
    write(OPEN)
    cfg = read_config(CONFIG)
    derive_classes(cfg)
    return cfg


def test_the_config_and_the_files_of_both_data_sets_fit(cfg):
    assert check_vocabulary(cfg) is None  # and raises nothing


def test_a_missing_evaluation_file_names_the_command_that_makes_it(cfg):
    classifier_path(f'shapes_clip_{OPEN}').unlink()
    with pytest.raises(FileNotFoundError, match=rf'gen_cls\.py {CONFIG} --split val$'):
        check_vocabulary(cfg)


def test_a_missing_training_file_is_made_without_a_split(cfg):
    classifier_path(f'shapes_clip_{BASE}').unlink()
    with pytest.raises(FileNotFoundError, match=rf'gen_cls\.py {CONFIG}$'):
        check_vocabulary(cfg)


def test_an_evaluation_file_of_other_classes_is_made_anew(cfg):
    write(OPEN, find_vocabulary(OPEN).classes[::-1])
    with pytest.raises(ValueError, match=r'made for other classes.* --split val --force$'):
        check_vocabulary(cfg)


def test_a_hook_that_names_the_training_classifier_is_refused(cfg):
    eval_hook(cfg).ov_classifier_name = f'shapes_clip_{BASE}'
    with pytest.raises(ValueError, match=rf'should end in _{OPEN}; set ov_classifier_name of Eval'):
        check_vocabulary(cfg)


def test_other_classes_in_evaluation_need_the_hook(cfg):
    cfg.custom_hooks = []
    with pytest.raises(ValueError, match=r'42 classes, which are not the 30 .*EvalVocabularyHook'):
        check_vocabulary(cfg)


@pytest.mark.parametrize('other', [dict(digest='b'), dict(architecture='RN50')])
def test_both_files_come_from_the_same_text_model(cfg, other):
    write(OPEN, **other)
    with pytest.raises(
        ValueError, match=r'different text models.*--force && .*--split val --force'
    ):
        check_vocabulary(cfg)


def test_things_and_stuff_of_an_evaluation_dataset_must_be_told_apart(cfg):
    classes = ('person', 'rider')
    cfg.val_dataloader.dataset = dict(
        type='mmdet.CityscapesDataset', metainfo=dict(classes=classes)
    )
    with pytest.raises(ValueError, match='CityscapesDataset has no thing_classes'):
        check_vocabulary(cfg)


def test_the_test_dataset_is_checked_too(cfg):
    others = ('cat', 'dog')
    cfg.test_dataloader.dataset.metainfo = dict(classes=others)
    with pytest.raises(ValueError, match='has no thing_classes in its metainfo, which Eval'):
        check_vocabulary(cfg)
    cfg.test_dataloader.dataset.metainfo = dict(classes=others, thing_classes=others)
    with pytest.raises(ValueError, match=r'made for other classes.* --split test --force'):
        check_vocabulary(cfg)


def test_fewer_images_than_a_batch_are_refused_where_they_would_be_dropped():
    few, options = torch.zeros(3, 1), dict(batch_size=4)
    message = (
        r'3 images .* batch of 4; set train_dataloader\.batch_size=3 or less, or .*drop_last=F'
    )
    with pytest.raises(ValueError, match=message):
        check_steps(DataLoader(few, drop_last=True, **options))
    for enough in (
        DataLoader(few, **options),
        DataLoader(torch.zeros(4, 1), drop_last=True, **options),
        DataLoader(few, sampler=InfiniteSampler(few), drop_last=True, **options),
    ):
        assert check_steps(enough) is None


@pytest.mark.parametrize(
    ('option', 'words'),
    [
        ('train_cfg.max_epochs=0', r'train_cfg\.max_epochs is 0, expected a whole number of 1 or'),
        ('train_cfg.val_interval=0', r'train_cfg\.val_interval is 0, expected a whole'),
        ('optim_wrapper.accumulative_counts=1.5', 'accumulative_counts is 1.5, expected a whole'),
        ('optim_wrapper.clip_grad.max_norm=-1', 'max_norm is -1, expected a number above 0'),
        ('optim_wrapper.clip_grad.max_norm=0', 'max_norm is 0, expected a number above 0'),
        ('default_hooks.checkpoint.save_best=pq', "save_best is 'pq', which is no result of"),
        ('default_hooks.checkpoint.save_best=[PQ,PQ_all]', "save_best is 'PQ_all', which"),
    ],
)
def test_numbers_that_cannot_be_are_refused(option, words):
    cfg = read_config(CONFIG.with_stem('regnet_shapes'), [option])
    with pytest.raises(ValueError, match=words):
        check_numbers(cfg)


@pytest.mark.parametrize('best', ['auto', 'PQ', 'PQ_unseen', ['SQ_th', 'mIoU'], None])
def test_results_that_there_are_may_choose_the_best(best):
    cfg = read_config(CONFIG.with_stem('regnet_shapes'))
    cfg.default_hooks.checkpoint.save_best = best
    assert check_numbers(cfg) is None


def test_a_hook_that_is_no_dict_is_named(cfg):
    cfg.custom_hooks = ['Foo']
    with pytest.raises(ValueError, match="custom_hooks holds 'Foo', expected dicts with a type"):
        check_vocabulary(cfg)


@pytest.mark.parametrize('name', ['regnet_ade20k', 'regnet_shapes', 'clip_shapes'])
def test_norm_statistics_are_as_the_config_has_them(name):
    assert check_norm_statistics(read_config(CONFIG.with_stem(name))) is None  # and raises nothing


def test_random_weights_that_keep_their_norm_statistics_are_refused():
    cfg = read_config(CONFIG.with_stem('regnet_ade20k'), ['model.backbone.init_cfg=None'])
    with pytest.raises(ValueError, match=r'init_cfg is None; .*model\.backbone\.norm_eval=False$'):
        check_norm_statistics(cfg)
    cfg.model.backbone.norm_eval = False
    assert check_norm_statistics(cfg) is None


def test_a_padding_that_is_a_class_is_refused(cfg):
    cfg.train_dataloader.dataset.metainfo = dict(classes=tuple(f'class {i}' for i in range(300)))
    cfg.model.data_preprocessor = dict(type='mmdet.DetDataPreprocessor', pad_seg=True)
    with pytest.raises(ValueError, match=r'pads semantic maps with 255, .* the 300 classes'):
        check_vocabulary(cfg)
