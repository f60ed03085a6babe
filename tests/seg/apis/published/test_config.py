"""The config of a published model is what a stranger wrote: data that names parts of a model, and no more."""

import copy
import json
from pathlib import Path

import pytest

from seg.apis.config.classifier import text_model_from_config, vocabulary_from_config
from seg.apis.published.config import parse_config

FILE = Path('folder/config.json')
CONFIG = {
    'format': 1,
    'model': {
        'type': 'seg.OpenVocabMaskFormer',
        'data_preprocessor': {'type': 'seg.PanopticDataPreprocessor', 'pad_size_divisor': 32},
        'backbone': {'type': 'mmdet.RegNet', 'norm_cfg': {'type': 'BN'}},
        'neck': {'type': 'seg.FusedFPN', 'in_channels': [32, 64]},
        'panoptic_head': {'type': 'seg.DynamicKernelHead', 'num_queries': 20},
        'panoptic_fusion_head': {'type': 'seg.SparseFusionHead'},
        'test_cfg': {'iou_thr': 0.6},
    },
    'pipeline': [{'type': 'mmdet.Resize', 'scale': [64, 48]}, {'type': 'mmdet.PackDetInputs'}],
    'vocabulary': {'dataset_name': 'toys', 'classes': ['car,cars', 'sky'], 'num_things': 1},
    'templates': ['a photo of {}.'],
    'text_model': {'model_name': 'ViT-B-32', 'checkpoint': 'laion2b_s34b_b79k'},
}


def parse(**changes):
    """The config with places of it, named with dots, set to something else."""
    config = copy.deepcopy(CONFIG)
    for place, value in changes.items():
        *path, last = place.replace('__', '.').split('.')
        node = config
        for part in path:
            node = node[int(part) if part.isdecimal() else part]
        node[int(last) if last.isdecimal() else last] = value
    return parse_config(json.dumps(config).encode(), FILE)


def test_data_become_a_config_of_mmengine(tmp_path):
    cfg = parse().to_config(tmp_path / 'config.json')
    words = vocabulary_from_config(cfg)
    assert words.things == ('car,cars',) and words.stuff == ('sky',)
    assert cfg.test_dataloader.dataset.pipeline[0].scale == (64, 48)
    assert text_model_from_config(cfg)['init_cfg']['checkpoint'] == 'laion2b_s34b_b79k'


RUN = 'os.mkdir'  # importing a module runs it, and this one is called too


@pytest.mark.parametrize(
    'changes',
    [
        {'custom_imports': {'imports': ['evil']}},
        {'_base_': './evil.py'},
        {'model__type': RUN},
        {'model__neck__type': RUN},
        {'model__backbone__type': 'evil.module.Backbone'},
        {'model__backbone__norm_cfg__type': RUN},
        {'model__backbone__plugins': [{'cfg': {'type': RUN}}]},
        {'model__test_cfg__type': RUN},
        {'model__backbone___scope_': 'evil'},
        {'model__backbone__norm_cfg__type': 'evil.BN'},
        # Registered, but one reads a config of Python and unpickles, and one opens a file.
        {'model__type': 'mmdet.KnowledgeDistillationSingleStageDetector'},
        {'model__type': 'seg.ExportedMaskFormer'},
        {'model__backbone__norm_cfg__type': 'mmdet.KnowledgeDistillationSingleStageDetector'},
        {'model__backbone__init_cfg': {'type': 'Pretrained', 'checkpoint': 'http://x/y.pth'}},
        {'model__panoptic_head__ov_classifier_name': '/home/me/other.pth'},
        {'model__train_cfg': {'type': RUN}},
        {'model__test_cfg': 'x'},
        {'model__test_cfg__iou_thr': 'high'},
        {'pipeline': []},
        {'pipeline': [{'type': 'mmdet.Resize', 'scale': [64, 48]}]},
        {'model__neck': 'seg.FusedFPN'},
        {'model__neck__type': ['seg.FusedFPN']},
        {'pipeline__0__type': RUN},
        {'pipeline__0__type': 'mmdet.Albu'},
        {'pipeline__0__type': 'mmengine.LoadImageFromFile'},
        {'pipeline__0__inner': [{'type': RUN}]},
        {'text_model__checkpoint': '/tmp/clip'},
        {'text_model__checkpoint': '../clip.safetensors'},
        {'text_model__checkpoint': '~/clip'},
        {'text_model__type': RUN},
        {'templates': ['no place for a word']},
        {'templates': 'vild'},
        {'vocabulary__classes': ['car', 'car']},
        {'vocabulary__classes': []},
        {'vocabulary__num_things': 3},
        {'vocabulary__dataset_name': '../toys'},
        {'vocabulary__palette': [[1, 2, 3]]},
        {'format': 2},
    ],
    ids=str,
)
def test_what_could_run_or_read_a_file_or_is_no_model_is_refused(changes):
    with pytest.raises(
        ValueError, match=r'folder/config\.json (cannot be used|is no config)'
    ) as caught:
        parse(**changes)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    'content', [b'', b'[]', b'{"a": NaN}', b'[' * 100_000, b'\xff', b'import os']
)
def test_what_is_no_config_is_refused(content):
    with pytest.raises(ValueError, match=r'folder/config\.json is no config of a published model'):
        parse_config(content, FILE)


def test_a_text_model_that_is_a_file_here_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse(text_model__checkpoint='my_tag').text_model.checkpoint == 'my_tag'
    Path('my_tag').mkdir()  # open_clip would take weights and a tokenizer from there
    with pytest.raises(ValueError, match=r"text_model\.checkpoint is 'my_tag'"):
        parse(text_model__checkpoint='my_tag')
