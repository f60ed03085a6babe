"""The CLIP that comes with the package."""

import hashlib
import json
from pathlib import Path

import open_clip
import pytest
import torch

from seg.models.backbones import OpenCLIPBackbone
from seg.models.embedded.clip import trained_words
from seg.models.openclip import checkpoint_name, embedded_folder, resolve_checkpoint
from seg.models.text_encoders import OpenCLIPTextEncoder
from seg.shapes.clip.captions import naming_words

EMBEDDED = dict(type='clip_pretrain', checkpoint='embedded')


@pytest.fixture(scope='module')
def backbone():
    return OpenCLIPBackbone('shapes_clip', init_cfg=EMBEDDED)


def test_the_image_tower_loads_and_gives_its_maps(backbone):
    maps = backbone(torch.zeros(1, 3, 128, 128))
    assert [m.shape[1] for m in maps] == backbone.output_channels == [32, 64, 64, 96]
    assert [128 // m.shape[-1] for m in maps] == [4, 8, 8, 8]


def test_pooling_everything_is_encode_image(backbone):
    model = open_clip.create_model(
        'shapes_clip',
        pretrained=str(embedded_folder('shapes_clip') / 'open_clip_model.safetensors'),
    ).eval()
    images = torch.rand(2, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model.encode_image(images)
        torch.testing.assert_close(backbone.mask_pool(backbone(images)[-1])[:, 0], expected)


def test_the_text_tower_loads_and_shares_prefixes():
    encoder = OpenCLIPTextEncoder('shapes_clip', init_cfg=EMBEDDED)
    assert encoder.shares_prefixes
    features = torch.nn.functional.normalize(encoder.encode(['red circle', 'blue star']), dim=-1)
    assert (features[0] @ features[1]).item() < 0.8


def test_the_backbone_knows_its_text_model(backbone):
    assert backbone.get_text_model().pretrained == 'embedded'


def test_the_content_identifies_the_weights_as_a_newer_package_may_have_others():
    assert checkpoint_name('shapes_clip', 'embedded') is None
    assert resolve_checkpoint('shapes_clip', 'embedded').name is None


def test_another_model_has_no_embedded_weights():
    with pytest.raises(ValueError) as failure:
        resolve_checkpoint('RN50', 'embedded')
    assert str(failure.value) == ('RN50 has no embedded weights; models that have: shapes_clip')


def test_the_files_are_small_and_the_manifest_is_of_these_weights():
    folder = embedded_folder('shapes_clip')
    weights = (folder / 'open_clip_model.safetensors').read_bytes()
    assert len(weights) <= 4e6
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 4.1e6
    manifest = json.loads((folder / 'manifest.json').read_text())
    assert manifest['sha256'] == hashlib.sha256(weights).hexdigest()
    assert {'command', 'seed', 'date', 'steps', 'accuracy', 'versions'} <= manifest.keys()
    assert manifest['finished']


def test_the_words_that_the_weights_were_trained_on_lie_beside_them(tmp_path):
    weights = embedded_folder('shapes_clip') / 'open_clip_model.safetensors'
    assert trained_words(weights) == set(naming_words()) > {'crimson', 'hoop', 'grass'}
    assert trained_words(tmp_path / 'model.pt') is None
    for foreign in ('[]', '{"words": 3}', '{', '{"files": {}}'):
        (tmp_path / 'manifest.json').write_text(foreign)
        assert trained_words(tmp_path / 'model.pt') is None


def test_the_definition_leaves_no_file_of_its_own(tmp_path):
    config = open_clip.get_model_config('shapes_clip')
    assert Path(config['text_cfg']['tokenizer_kwargs']['bpe_path']) == (
        embedded_folder('shapes_clip') / 'bpe.txt.gz'
    )
