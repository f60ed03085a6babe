from pathlib import Path

import pytest

from seg.text_classifier.naming import (
    classifier_name,
    classifier_path,
    generation_command,
    manifest_path,
)


def test_the_name_keeps_what_the_user_wrote_but_for_slashes():
    assert classifier_name('vit_b_16', 'Mine') == 'vit_b_16_Mine'
    assert classifier_name('ViT-B/16', 'Mine') == 'ViT-B-16_Mine'


@pytest.mark.parametrize(
    'dataset', ['', ' ', '../up', 'a/b', 'a\\b', '.hidden', 'a\nb', 'a\x1b[31m', 'a\x7f', 'a\udcff']
)
def test_a_dataset_name_that_is_no_file_name_is_refused(dataset):
    with pytest.raises(ValueError, match='cannot be the dataset name'):
        classifier_name('RN50', dataset)


def test_a_dataset_name_that_would_be_taken_as_a_path_is_refused():
    with pytest.raises(ValueError, match=r"'foo.pth' ends in .pth"):
        classifier_name('RN50', 'foo.pth')


def test_files_lie_in_the_cache_of_the_home_folder(monkeypatch):
    monkeypatch.setenv('HOME', '/home/someone')
    assert classifier_path('RN50_Mine') == Path('/home/someone/.cache/embd/RN50_Mine.pth')


def test_the_environment_and_then_the_argument_choose_another_folder(monkeypatch):
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', '/from/environment')
    assert classifier_path('a_b') == Path('/from/environment/a_b.pth')
    assert classifier_path('a_b', '/given') == Path('/given/a_b.pth')


def test_the_path_of_a_file_is_taken_as_it_is(monkeypatch):
    monkeypatch.setenv('HOME', '/home/someone')
    assert classifier_path('~/x/a_b.pth', '/given') == Path('/home/someone/x/a_b.pth')


def test_the_manifest_lies_beside_the_tensor_file_also_for_a_name_with_dots():
    assert manifest_path(Path('/x/RN50_v1.5.pth')) == Path('/x/RN50_v1.5.json')


def test_the_command_makes_the_file_that_is_missing():
    assert generation_command('convnext_large_d_320_ADE20KPanopticDataset') == (
        './gen_ade20k_classifier.sh'
    )
    assert generation_command('RN50_ADE20KPanopticDataset') == (
        './gen_ade20k_classifier.sh --model RN50'
    )
    assert generation_command('convnext_large_d_320_CocoPanopticOVDataset') == (
        'python tools/gen_cls.py configs/reg_sam/regnet_coco.py'
    )
