from collections import OrderedDict

import pytest
from mmengine.config import Config

from ext.class_names import ade20k_panoptic
from ext.templates import PANOPTIC_PROMPT, VILD_PROMPT
from seg.apis.config.classifier import (
    own_rows,
    templates_from_config,
    text_model_from_config,
    vocabulary_from_config,
)
from seg.datasets import ADE20KPanopticDataset
from seg.models.backbones import OpenCLIPBackbone
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.registry import DATASETS, MODELS
from seg.text_classifier.vocabulary import Vocabulary, known_vocabularies

INIT = dict(type='clip_pretrain', checkpoint='openai')
ADE = dict(type='ADE20KPanopticDataset', data_root='nowhere/', ann_file='missing.json')


def config(dataset=None, **rest):
    if dataset is not None:
        rest['train_dataloader'] = dict(dataset=dataset)
    return Config(rest)


@pytest.mark.parametrize('kind', ['OpenCLIPBackbone', 'seg.OpenCLIPBackbone', OpenCLIPBackbone])
def test_the_text_model_is_that_of_a_clip_backbone(kind):
    backbone = dict(type=kind, model_name='RN50', fix=True, init_cfg=INIT)
    cfg = config(model=dict(backbone=backbone), text_model=dict(model_name='other'))
    with pytest.warns(match='text_model of the config is not read.*differ in model_name'):
        found = text_model_from_config(cfg)
    assert MODELS.get(found.pop('type')) is OpenCLIPTextEncoder
    assert found == dict(model_name='RN50', init_cfg=INIT)


def test_another_backbone_leaves_it_to_the_text_model():
    text_model = dict(type='OpenCLIPTextEncoder', model_name='RN50', init_cfg=INIT)
    cfg = config(model=dict(backbone=dict(type='mmdet.RegNet')), text_model=text_model)
    assert text_model_from_config(cfg) == text_model | {'type': 'seg.OpenCLIPTextEncoder'}


def test_a_text_encoder_of_another_project_stays_what_it_is():
    for kind in ('theirs.OpenCLIPTextEncoder', 'TheirTextEncoder', OrderedDict):
        cfg = config(text_model=dict(type=kind, model_name='RN50'))
        assert text_model_from_config(cfg)['type'] == kind


def test_model_and_checkpoint_take_the_place_of_the_configs():
    cfg = config(text_model=dict(type='OpenCLIPTextEncoder', model_name='RN50', init_cfg=INIT))
    found = text_model_from_config(cfg, 'ViT-B-16', '/x.pt')
    assert found['model_name'] == 'ViT-B-16'
    assert found['init_cfg']['checkpoint'] == '/x.pt'
    assert cfg.text_model.model_name == 'RN50'


def test_a_config_without_a_text_model_is_refused():
    with pytest.raises(ValueError, match=r'has no text model.*--model and --checkpoint'):
        text_model_from_config(config(model=dict(backbone=dict(type='mmdet.RegNet'))))


@pytest.mark.parametrize(
    'dataset',
    [
        ADE,
        dict(type='RepeatDataset', times=3, dataset=ADE),
        dict(type='ClassBalancedDataset', oversample_thr=0.1, dataset=ADE),
        dict(
            type='ConcatDataset', datasets=[ADE, dict(type='RepeatDataset', times=2, dataset=ADE)]
        ),
        {**ADE, 'type': ADE20KPanopticDataset, 'pipeline': [dict(type='NoSuchTransform')]},
    ],
)
def test_class_names_come_from_the_metainfo_with_nothing_on_disk(dataset):
    found = vocabulary_from_config(config(dataset))
    assert found == Vocabulary.of(ade20k_panoptic)


@pytest.mark.parametrize('kind', ['mmdet.CocoDataset', 'mmdet.CityscapesDataset'])
def test_any_mmdet_dataset_with_classes_will_do(kind):
    found = vocabulary_from_config(config(dict(type=kind, ann_file='missing.json')))
    assert found.dataset_name == kind.removeprefix('mmdet.')
    assert 'person' in found.classes


def test_the_config_may_give_the_dataset_other_classes():
    found = vocabulary_from_config(config({**ADE, 'metainfo': dict(classes=('cat,kitten', 'dog'))}))
    assert found.classes == ('cat,kitten', 'dog') and found.category_names == ()


def test_joined_datasets_of_other_classes_are_refused():
    coco = dict(type='CocoPanopticOVDataset', ann_file='missing.json')
    with pytest.raises(ValueError, match=r'150 classes.*133 classes.*--classes'):
        vocabulary_from_config(config(dict(type='ConcatDataset', datasets=[ADE, coco])))


@pytest.mark.parametrize('wrapped', [False, True])
def test_a_merged_dataset_gives_its_merged_classes_with_nothing_on_disk(wrapped):
    coco = dict(type='CocoPanopticOVDataset', ann_file='missing.json')
    parts = [dict(type='RepeatDataset', times=2, dataset=ADE) if wrapped else ADE, coco]
    found = vocabulary_from_config(config(dict(type='ConcatOVDataset', datasets=parts)))
    assert found.dataset_name == 'Concat_ADE20KPanopticDataset_CocoPanopticOVDataset'
    assert 'bed,beds' in found.classes
    assert 200 < len(found.classes) < 150 + 133


def test_a_config_without_a_training_dataset_is_refused():
    with pytest.raises(ValueError, match=r'no train_dataloader\.dataset.*--classes'):
        vocabulary_from_config(config())


def test_a_dataset_without_classes_is_refused():
    dataset = dict(type='mmdet.BaseDetDataset', ann_file='missing.json')
    with pytest.raises(ValueError, match=r"BaseDetDataset has no metainfo\['classes'\]"):
        vocabulary_from_config(config(dataset))


@pytest.mark.parametrize('part', ['text_model', 'model', 'train_dataloader'])
def test_a_part_that_is_no_dict_is_named(part):
    with pytest.raises(ValueError, match=f'{part} of the config is 5, expected a dict'):
        cfg = config(**{part: 5})
        text_model_from_config(cfg, 'RN50')
        vocabulary_from_config(cfg)


def test_templates_are_the_options_then_the_configs_then_vilds():
    assert templates_from_config(config()) == VILD_PROMPT
    assert templates_from_config(config(templates='panoptic')) == PANOPTIC_PROMPT
    with pytest.raises(ValueError, match='template'):
        templates_from_config(config(templates=[]))
    assert templates_from_config(config(templates='imagenet'), 'panoptic') == PANOPTIC_PROMPT
    assert templates_from_config(config(templates=['the {}'])) == ('the {}',)


@pytest.mark.parametrize(
    'name',
    [known.dataset_name for known in known_vocabularies() if known.dataset_name in DATASETS],
)
def test_the_short_way_to_our_own_vocabularies_agrees_with_the_dataset(name):
    short = vocabulary_from_config(config(dict(type=f'seg.{name}')))
    dataset = DATASETS.build(dict(type=name, lazy_init=True, pipeline=[], data_prefix={}))
    assert Vocabulary.from_metainfo(dataset.metainfo, dataset.dataset_name) == short
    assert dataset.metainfo['classes'] == short.classes
    assert dataset.metainfo['classes'][: short.num_things] == dataset.metainfo['thing_classes']


def test_our_own_vocabularies_are_had_without_importing_mmdets_datasets(run_python):
    done = run_python("""
import sys
from seg.apis.config.read import read_config
from seg.apis.config.classifier import text_model_from_config, vocabulary_from_config
for name in ('gen_ade20k_classifier', 'regnet_coco'):
    cfg = read_config(f'configs/reg_sam/{name}.py')
    print(vocabulary_from_config(cfg).dataset_name, text_model_from_config(cfg)['model_name'])
print([m for m in ('mmdet.datasets', 'mmdet.models') if m in sys.modules])
""")
    assert done.stdout.splitlines() == [
        'ADE20KPanopticDataset convnext_large_d_320',
        'CocoPanopticOVDataset convnext_large_d_320',
        '[]',
    ], done.stderr


def test_a_missing_classifier_is_made_by_the_config_that_asks_for_it(tmp_path):
    file = tmp_path / 'mine.py'
    file.write_text("model = dict(panoptic_head=dict(ov_classifier_name='RN50_Mine'))")
    with pytest.raises(FileNotFoundError, match=rf'gen_cls.py {file}$'):
        own_rows(Config.fromfile(file))
    with pytest.raises(FileNotFoundError, match=r'gen_cls.py YOUR_TRAINING_CONFIG$'):
        own_rows(Config(dict(model=dict(panoptic_head=dict(ov_classifier_name='RN50_Mine')))))
