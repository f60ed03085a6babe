"""What every training config must get right, whatever its model: names and numbers that fit."""

import ast
from pathlib import Path

import pytest
import torch

from seg.apis.config.classifier import text_model_from_config, vocabulary_from_config
from seg.apis.config.derive import derive_classes
from seg.apis.config.read import read_config, type_name
from seg.models.backbones import OpenCLIPBackbone
from seg.text_classifier.naming import classifier_name

FOLDER = Path(__file__).parents[2] / 'configs'
OPEN_VOCAB = sorted((FOLDER / 'open_vocab').glob('*.py'))
CONFIGS = sorted((FOLDER / 'reg_sam').glob('*.py')) + OPEN_VOCAB
OWN = sorted((FOLDER / 'own').glob('*.py'))  # whose classes stand in the data
ALL = sorted(FOLDER.rglob('*.py'))
GENERATION = next(path for path in CONFIGS if path.name.startswith('gen_'))
TRAINING = [path for path in CONFIGS if not path.name.startswith('gen_')]


@pytest.mark.parametrize('path', ALL, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_no_config_says_what_follows_from_data_set_and_text_model(path):
    source = path.read_text()
    for derived in ('num_things_classes', 'num_stuff_classes', 'ov_classifier_name'):
        assert derived not in source


@pytest.mark.parametrize('path', TRAINING, ids=lambda path: path.stem)
def test_the_head_gets_the_classifier_and_the_classes_of_the_training_dataset(path):
    cfg = read_config(str(path))
    derive_classes(cfg)
    head, vocabulary = cfg.model.panoptic_head, vocabulary_from_config(cfg)
    model_name = text_model_from_config(cfg)['model_name']
    assert head.ov_classifier_name == classifier_name(model_name, vocabulary.dataset_name)
    assert head.num_things_classes == vocabulary.num_things
    assert head.num_things_classes + head.num_stuff_classes == len(vocabulary.classes)


def test_generation_has_the_text_model_of_training_where_options_look_for_it():
    cfg = read_config(str(GENERATION))
    backbone = cfg.model.backbone.to_dict()
    assert backbone.pop('type').endswith('OpenCLIPBackbone')
    assert backbone == dict(
        model_name='convnext_large_d_320',
        fix=True,
        init_cfg=dict(type='clip_pretrain', checkpoint='laion2b_s29b_b131k_ft_soup'),
    )
    training = read_config(str(GENERATION.with_name('regnet_ade20k.py')))
    assert text_model_from_config(cfg) == text_model_from_config(training)


def test_an_option_that_changes_the_backbone_changes_the_text_model():
    cfg = read_config(str(GENERATION), ['model.backbone.model_name=ViT-B-16'])
    assert text_model_from_config(cfg)['model_name'] == 'ViT-B-16'


@pytest.mark.parametrize('path', CONFIGS + OWN, ids=lambda path: path.stem)
def test_no_config_keeps_a_text_model_that_is_not_read(path):
    cfg = read_config(str(path))
    has_clip = type_name(cfg.model.backbone).endswith('OpenCLIPBackbone')
    assert ('text_model' in cfg) != has_clip


@pytest.mark.parametrize('path', TRAINING + OWN, ids=lambda path: path.stem)
def test_a_learning_rate_that_decays_by_cosine_ends_with_the_training(path):
    cfg = read_config(str(path))
    ends = [s.T_max for s in cfg.param_scheduler if 'T_max' in s]
    assert ends in ([], [cfg.train_cfg.max_epochs])


@pytest.mark.parametrize('path', TRAINING + OWN, ids=lambda path: path.stem)
def test_norm_statistics_are_kept_where_weights_are_pretrained_and_nowhere_else(path):
    backbone = read_config(str(path)).model.backbone
    if 'norm_eval' in backbone:
        assert backbone.norm_eval == (backbone.init_cfg is not None)


@pytest.mark.parametrize('path', ALL, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_nothing_that_a_config_imports_is_called_there(path):
    """The original mmengine refuses it, the fork does not."""
    tree = ast.parse(path.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    imported = {name.asname or name.name for node in imports for name in node.names}
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    roots = {next(n.id for n in ast.walk(call) if isinstance(n, ast.Name)) for call in calls}
    assert roots & imported <= {'read_base'}


@pytest.mark.parametrize('path', OPEN_VOCAB, ids=lambda path: path.stem)
def test_the_neck_takes_the_maps_that_the_frozen_clip_gives(path):
    cfg = read_config(str(path))
    with torch.device('meta'), pytest.warns(UserWarning, match='random weights'):
        backbone = OpenCLIPBackbone(cfg.model.backbone.model_name)
    assert cfg.model.neck.in_channels == backbone.output_channels


@pytest.mark.parametrize('path', OPEN_VOCAB, ids=lambda path: path.stem)
def test_open_clip_has_the_weights_and_pictures_are_normalised_as_they_were_trained_on(path):
    import open_clip

    model = read_config(str(path)).model
    name, tag = model.backbone.model_name, model.backbone.init_cfg.checkpoint
    assert tag in open_clip.list_pretrained_tags_by_model(name)
    trained = open_clip.get_pretrained_cfg(name, tag)
    for key in ('mean', 'std'):
        own = [value / 255 for value in model.data_preprocessor[key]]
        assert own == pytest.approx(trained[key], abs=1e-6)


@pytest.mark.parametrize('path', OPEN_VOCAB, ids=lambda path: path.stem)
def test_what_is_compared_with_fc_clip_has_its_settings(path):
    model = read_config(str(path)).model
    assert model.panoptic_head.num_queries == 250
    assert (model.ensemble.alpha, model.ensemble.beta) == (0.4, 0.8)
    assert (model.test_cfg.object_mask_thr, model.test_cfg.iou_thr) == (0.0, 0.8)
    assert model.backbone.fix
