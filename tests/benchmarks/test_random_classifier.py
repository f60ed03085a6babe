import importlib.util
import json
from pathlib import Path

import pytest
import torch

from seg.apis.config import read_config
from seg.apis.preflight import check_vocabulary
from seg.text_classifier import load_classifier

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/reg_sam/clip_shapes.py')


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location(
        'random_classifier', ROOT / 'benchmarks/random_classifier.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_row_depends_on_the_candidate_and_the_seed_alone(tool):
    rows = tool.random_features(['red ring', 'violet wedge'], 16, seed=0)
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(2))
    assert torch.equal(tool.random_features(['violet wedge'], 16, seed=0)[0], rows[1])
    assert not torch.equal(tool.random_features(['violet wedge'], 16, seed=1)[0], rows[1])


def test_synonyms_and_shared_words_are_not_closer_than_any_others(tool):
    rows = tool.random_features([f'red thing {i}' for i in range(200)], 64, seed=0)
    cosine = (rows @ rows.T)[~torch.eye(200, dtype=torch.bool)]
    assert abs(cosine.mean()) < 0.01
    assert cosine.std() == pytest.approx(64**-0.5, rel=0.1)


def test_the_files_fit_the_config_they_are_made_from(tool, tiny_clip):
    options = [f'model.backbone.model_name={tiny_clip}']
    assert tool.run([CONFIG, '--cfg-options', *options]) == 0
    names = [f'random_Shapes{which}PanopticDataset' for which in ('Base', 'Open')]
    base, open_world = (load_classifier(name) for name in names)
    assert base.shape == (30, 4, 64)
    torch.testing.assert_close(open_world[[*range(24), *range(36, 42)]], base)
    check_vocabulary(read_config(CONFIG, [*options, *tool.random_options(read_config(CONFIG))]))


def test_the_manifest_says_that_no_weights_were_used(tool, tiny_clip, tmp_path):
    options = ['--out-dir', str(tmp_path), '--seed', '3']
    change = ['--cfg-options', f'model.backbone.model_name={tiny_clip}']
    assert tool.run([CONFIG, *options, *change]) == 0
    files = list(tmp_path.glob('*.json'))
    assert len(files) == 2
    for file in files:
        manifest = json.loads(file.read_text())
        assert manifest['pretrained'] is None
        assert manifest['architecture'] == 'random unit vectors'
        assert manifest['weights_digest'] == 'seed 3, size 64'
