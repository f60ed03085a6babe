from pathlib import Path

import pytest

from seg.apis.config.derive import derive_classes, eval_hook
from seg.apis.config.preflight import check_vocabulary
from seg.apis.config.read import read_config

CONFIGS = Path(__file__).parents[4] / 'configs/reg_sam'
HEAD = 'model.panoptic_head.'


def derived(name, *options):
    cfg = read_config(str(CONFIGS / f'{name}.py'), options)
    derive_classes(cfg)
    return cfg


def words(head):
    return head.num_things_classes, head.num_stuff_classes, head.ov_classifier_name


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('regnet_ade20k', (100, 50, 'convnext_large_d_320_ADE20KPanopticDataset')),
        ('regnet_coco', (80, 53, 'convnext_large_d_320_CocoPanopticOVDataset')),
        ('clip_convnext_ade20k', (100, 50, 'convnext_large_d_320_ADE20KPanopticDataset')),
        ('regnet_shapes', (10, 4, 'shapes_clip_ShapesPanopticDataset')),
        ('clip_shapes', (24, 6, 'shapes_clip_ShapesBasePanopticDataset')),
    ],
)
def test_numbers_and_name_follow_from_data_set_and_text_model(name, expected):
    assert words(derived(name).model.panoptic_head) == expected


@pytest.mark.parametrize('name', ['regnet_ade20k', 'regnet_coco', 'regnet_shapes', 'clip_shapes'])
def test_a_config_that_says_the_same_by_hand_is_the_same(name):
    things, stuff, classifier = words(derived(name).model.panoptic_head)
    by_hand = derived(
        name,
        f'{HEAD}num_things_classes={things}',
        f'{HEAD}num_stuff_classes={stuff}',
        f'{HEAD}ov_classifier_name={classifier}',
    )
    assert words(by_hand.model.panoptic_head) == (things, stuff, classifier)


def test_an_evaluation_with_words_of_its_own_gets_its_classifier():
    hook = eval_hook(derived('clip_shapes'))
    assert hook.ov_classifier_name == 'shapes_clip_ShapesOpenPanopticDataset'


def test_joint_training_has_the_joint_classes_and_is_evaluated_on_its_own():
    cfg = derived('regnet_coco_ade20k')
    things, stuff, name = words(cfg.model.panoptic_head)
    assert name.endswith('_Concat_CocoPanopticOVDataset_ADE20KPanopticDataset')
    assert 133 < things + stuff < 133 + 150
    assert eval_hook(cfg).ov_classifier_name.endswith('_ADE20KPanopticDataset')


def test_another_text_model_or_data_set_is_followed():
    cfg = derived(
        'regnet_ade20k',
        'text_model.model_name=ViT-B/16',
        'train_dataloader.dataset.type=seg.ShapesFullPanopticDataset',
    )
    assert words(cfg.model.panoptic_head) == (36, 6, 'ViT-B-16_ShapesFullPanopticDataset')


def test_a_name_that_the_config_says_itself_stays_until_the_check_refuses_it():
    mine = derived('regnet_shapes', f'{HEAD}ov_classifier_name=random_Shapes')
    assert mine.model.panoptic_head.ov_classifier_name == 'random_Shapes'
    with pytest.raises(ValueError, match='should end in _ShapesPanopticDataset'):
        check_vocabulary(mine)


def test_a_missing_file_of_a_name_by_hand_says_which_one_would_be_made():
    mine = derived('regnet_shapes', f'{HEAD}ov_classifier_name=other_ShapesPanopticDataset')
    made = (
        r'makes shapes_clip_ShapesPanopticDataset: leave model\.panoptic_head\.ov_classifier_name'
    )
    with pytest.raises(FileNotFoundError, match=made):
        check_vocabulary(mine)
    mine.pop('text_model')
    with pytest.raises(FileNotFoundError, match=r'gen_cls\.py \S+$'):
        check_vocabulary(mine)


@pytest.mark.parametrize('number', ['num_things_classes=9', 'num_stuff_classes=5'])
def test_a_number_that_is_not_the_datasets_is_refused(number):
    with pytest.raises(
        ValueError, match=r'Dataset has \d+ (things|stuff); leave it out, or set it to'
    ):
        derived('regnet_shapes', f'{HEAD}{number}')


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        (
            ['train_dataloader.dataset.type=mmdet.CocoDataset'],
            'CocoDataset has no thing_classes .*num_things_classes',
        ),
        ([f'{HEAD}num_things_classes=abc'], "num_things_classes is 'abc', but ADE20K"),
        (['text_model=None'], 'no text model to name the text classifier after'),
        (['custom_hooks=[5]'], 'custom_hooks holds 5'),
    ],
)
def test_what_cannot_be_derived_is_asked_for(options, reason):
    with pytest.raises(ValueError, match=reason):
        derived('regnet_ade20k', *options)


def test_a_config_without_a_panoptic_head_is_left_as_it_is():
    cfg = derived('gen_ade20k_classifier')
    assert 'panoptic_head' not in cfg.model
