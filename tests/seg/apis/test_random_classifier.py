import json
from pathlib import Path

import pytest
import torch

from seg.apis.config.derive import derive_classes
from seg.apis.config.preflight import check_vocabulary
from seg.apis.config.read import read_config
from seg.apis.random_classifier import random_features, random_options, write_random_classifiers
from seg.text_classifier import load_classifier

FOLDER = Path(__file__).parents[3] / 'configs/reg_sam'
CONFIG = str(FOLDER / 'clip_shapes.py')


@pytest.fixture
def cfg(tiny_clip):
    return read_config(CONFIG, [f'model.backbone.model_name={tiny_clip}'])


def test_both_files_fit_the_config_and_a_candidate_has_the_same_row_in_both(cfg):
    paths = write_random_classifiers(cfg)
    assert [path.stem for path in paths] == [
        'random_ShapesBasePanopticDataset',
        'random_ShapesOpenPanopticDataset',
    ]
    base, open_world = (load_classifier(str(path)) for path in paths)
    assert base.shape == (30, 4, 64)
    torch.testing.assert_close(open_world[[*range(24), *range(36, 42)]], base)
    trained = read_config(CONFIG, random_options(cfg))
    derive_classes(trained)
    check_vocabulary(trained)


def test_the_manifest_says_that_no_weights_were_used(cfg, tmp_path):
    for path in write_random_classifiers(cfg, seed=3, out_dir=str(tmp_path)):
        manifest = json.loads(path.with_suffix('.json').read_text())
        assert manifest['pretrained'] is None
        assert manifest['architecture'] == 'random unit vectors'
        assert manifest['weights_digest'] == 'seed 3, size 64'


def test_a_config_that_does_not_exchange_its_vocabulary_takes_one_file():
    cfg = read_config(str(FOLDER / 'regnet_ade20k.py'))
    assert random_options(cfg) == [
        'model.panoptic_head.ov_classifier_name=random_ADE20KPanopticDataset'
    ]


def test_a_row_depends_on_the_candidate_and_the_seed_alone():
    rows = random_features(['red ring', 'violet wedge'], 16)
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(2))
    assert torch.equal(random_features(['violet wedge'], 16)[0], rows[1])
    assert not torch.equal(random_features(['violet wedge'], 16, seed=1)[0], rows[1])


def test_shared_words_bring_no_rows_closer():
    rows = random_features([f'red thing {i}' for i in range(200)], 64)
    cosine = (rows @ rows.T)[~torch.eye(200, dtype=torch.bool)]
    assert abs(cosine.mean()) < 0.01
    assert cosine.std() == pytest.approx(64**-0.5, rel=0.1)
