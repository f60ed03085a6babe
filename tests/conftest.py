"""Shared set-up: no network, no writing into the home of whoever runs the tests, a tiny CLIP."""

import json
import os

os.environ['HF_HUB_OFFLINE'] = '1'
os.environ.setdefault('OMP_NUM_THREADS', '1')

import pytest

import seg  # noqa: F401, before any test imports mmdet: mmcv may have no compiled ops

TINY_CLIP = {
    'embed_dim': 64,
    'vision_cfg': {
        'timm_model_name': 'test_convnext',
        'timm_model_pretrained': False,
        'timm_pool': '',
        'timm_proj': 'mlp',
        'timm_drop': 0.0,
        'timm_drop_path': 0.1,
        'image_size': 64,
    },
    'text_cfg': {
        'context_length': 77,
        'vocab_size': 49408,
        'width': 64,
        'heads': 2,
        'layers': 2,
    },
}


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp('home')
    monkeypatch.setenv('HOME', str(home))
    monkeypatch.setenv('XDG_CACHE_HOME', str(home / '.cache'))
    monkeypatch.delenv('RPS_CLASSIFIER_ROOT', raising=False)


@pytest.fixture(scope='session')
def tiny_clip(tmp_path_factory):
    """Name of a ConvNeXt CLIP in the shape of ``convnext_large_d``, of 3.5 million parameters."""
    import open_clip

    folder = tmp_path_factory.mktemp('model_configs')
    (folder / 'tiny_test_clip.json').write_text(json.dumps(TINY_CLIP))
    open_clip.add_model_config(folder)
    return 'tiny_test_clip'


@pytest.fixture(scope='session')
def tiny_checkpoint(tiny_clip, tmp_path_factory):
    """A file of random weights for ``tiny_clip``, as open_clip saves its models."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = open_clip.create_model(tiny_clip)
    path = tmp_path_factory.mktemp('checkpoint') / 'open_clip_model.safetensors'
    save_file(model.state_dict(), path)
    return path
