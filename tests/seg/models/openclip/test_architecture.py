"""Names of models, as people write them."""

import open_clip
import pytest

from seg.models.openclip import architecture_config, resolve_architecture


@pytest.mark.parametrize(
    ('written', 'name'),
    [
        ('ViT-B-16', 'ViT-B-16'),
        ('ViT-B/16', 'ViT-B-16'),
        ('vit_b_16', 'ViT-B-16'),
        (' VIT-B-16 ', 'ViT-B-16'),
        ('rn50', 'RN50'),
        ('convnext-large-d-320', 'convnext_large_d_320'),
        ('ViT-L-14-336', 'ViT-L-14-336'),
        ('coca_vit_b_32', 'coca_ViT-B-32'),
    ],
)
def test_names_are_forgiving(written, name):
    assert resolve_architecture(written) == name


def test_every_name_of_the_registry_is_its_own():
    assert len(open_clip.list_models()) >= 144
    for name in open_clip.list_models():
        assert resolve_architecture(name) == name


def test_an_unknown_model_lists_near_ones():
    with pytest.raises(ValueError) as failure:
        resolve_architecture('ViT-B-61')
    message = str(failure.value)
    assert "'ViT-B-61'" in message
    assert 'ViT-B-16' in message
    assert 'list_models' in message
    assert '\n' not in message


def test_a_name_near_nothing_says_so():
    with pytest.raises(ValueError, match='none is near'):
        resolve_architecture('qqqqqq')


def test_a_definition_may_be_changed_by_who_asked_for_it():
    architecture_config('RN50')['text_cfg']['width'] = 1
    assert architecture_config('RN50')['text_cfg']['width'] == 512
