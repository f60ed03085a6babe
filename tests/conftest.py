"""Shared set-up: no network, no writing into the home of whoever runs the tests, a tiny CLIP."""

import json
import logging
import os
import platform
import signal
import sys
from collections import OrderedDict
from datetime import date
from importlib import metadata
from pathlib import Path

os.environ['HF_HUB_OFFLINE'] = '1'
os.environ.setdefault('OMP_NUM_THREADS', '1')

import pytest

# Before any test imports mmdet: mmcv may have no compiled ops.
from seg.compat.requirements import mm_version

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


def pytest_collection_modifyitems(items):
    """Files with a slow test first, then the tools': at the end no process is left with a long one."""
    slow = {item.path for item in items if item.get_closest_marker('slow')}
    items.sort(key=lambda item: (item.path not in slow, 'tools' not in item.path.parts))


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp('home')
    monkeypatch.setenv('HOME', str(home))
    monkeypatch.setenv('XDG_CACHE_HOME', str(home / '.cache'))
    monkeypatch.delenv('RPS_CLASSIFIER_ROOT', raising=False)


@pytest.fixture(autouse=True)
def _signals_as_in_a_new_process():
    """torchrun, where a test or fixture runs it in this process, leaves handlers of its own."""
    fresh = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in fresh.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    """Benchmarks switch logging off for their process, which here goes on with other tests."""
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _scopes_as_they_were():
    """A Runner leaves its default scope behind, in which other tests would look for their types."""
    loaded = sys.modules.get('mmengine.registry')
    before = loaded.DefaultScope._instance_dict.copy() if loaded else OrderedDict()
    yield
    if 'mmengine.registry' in sys.modules:
        sys.modules['mmengine.registry'].DefaultScope._instance_dict = before


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


@pytest.fixture(scope='session')
def random_open_model(tmp_path_factory):
    """The open shapes config, random weights that find segments, and the options that go with them."""
    import open_clip
    import torch
    import torch.nn.functional as F
    from safetensors.torch import save_file

    import seg.models.openclip  # noqa: F401  registers shapes_clip
    from seg.apis.config.classifier import text_model_from_config
    from seg.apis.config.read import read_config
    from seg.registry import MODELS

    folder = tmp_path_factory.mktemp('random_open_model')
    config = Path(__file__).parents[1] / 'configs/reg_sam/clip_shapes.py'
    options = [
        f'model.backbone.init_cfg.checkpoint={folder}/clip.safetensors',
        'templates=simple',
        'model.test_cfg.object_mask_thr=0.0',
        'model.test_cfg.iou_thr=0.0',
        'model.test_cfg.duplicate_iou=1.0',
        'model.panoptic_head.num_stages=2',
        *(f'{own}_dataloader.dataset.pipeline.1.scale=(128, 128)' for own in ('val', 'test')),
    ]
    cfg = read_config(str(config), options)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(3)  # of which the masks of a grey picture cover something
        clip = open_clip.create_model('shapes_clip')
        save_file(clip.state_dict(), folder / 'clip.safetensors')
        encoder = MODELS.build(text_model_from_config(cfg))
        rows = F.normalize(encoder(encoder.tokenize(['red star', 'sky'])), dim=-1)
        head = cfg.model.panoptic_head
        head.update(classifier=rows[:, None], num_things_classes=1, num_stuff_classes=1)
        model = MODELS.build(cfg.model)
        # Every query says "some word" louder than "no object".
        model.panoptic_head.pooled_embed.bias += 100 * rows.mean(0)
    torch.save(model.state_dict(), folder / 'model.pth')
    return str(config), str(folder / 'model.pth'), options


def pytest_terminal_summary(terminalreporter):
    """End with a row for the README's table of tested versions: what a run like this one would add."""
    counts = {kind: len(reports) for kind, reports in terminalreporter.stats.items()}
    counts['failed'] = counts.get('failed', 0) + counts.get('error', 0)
    kinds = ('passed', 'skipped', 'failed')
    cells = {
        'Python': platform.python_version(),
        **{name: metadata.version(name) for name in ('torch', 'torchvision', 'numpy')},
        **{name: mm_version(name) for name in ('mmengine', 'mmcv', 'mmdet')},
        'open_clip': metadata.version('open_clip_torch'),
        'tests': ', '.join(f'{counts[kind]:,} {kind}' for kind in kinds if counts.get(kind)),
        'date': date.today().isoformat(),
    }
    for line in (cells, cells.values()):
        terminalreporter.write_line(f'| {" | ".join(line)} |')
