"""The file of names and the config that the training guide shows make a data set."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.derive import derive_classes
from seg.apis.config.read import read_config

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize('language', ['en', 'zh-CN'])
def test_the_guides_names_and_config_make_a_data_set(language, tmp_path, monkeypatch):
    guide = (ROOT / 'docs' / language / 'train_ade20k.md').read_text(encoding='utf-8')
    names, config = re.findall(r'^```python\n# (\S+)\n(.*?)^```$', guide, re.MULTILINE | re.DOTALL)
    shutil.copytree(ROOT / 'configs', tmp_path / 'configs')
    (tmp_path / config[0]).write_text(config[1])
    # A module that can be imported serves as well as a file in ext/class_names.
    (tmp_path / Path(names[0]).name).write_text(names[1])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'my_names', raising=False)

    cfg = read_config(str(tmp_path / config[0]))
    derive_classes(cfg)
    head = cfg.model.panoptic_head
    assert (head.num_things_classes, head.num_stuff_classes) == (3, 2)
    assert head.ov_classifier_name == 'convnext_large_d_320_MyDataset'
    for split in ('train', 'val', 'test'):
        assert vocabulary_from_config(cfg, split).classes[0] == 'person,pedestrian'
        assert cfg[f'{split}_dataloader'].dataset.data_root == 'data/my_data'
