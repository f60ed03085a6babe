"""Reading configs: data folders from the environment, and errors that name file, line and cause."""

from pathlib import Path

import pytest

from seg.apis.config.read import config_path, read_config
from seg.runtime.project_files import project_folder

BROKEN_BASE = 'a = 1\nb = 1 / 0\n'
LAZY = 'from mmengine.config import read_base\n\nwith read_base():\n    from .base import *\n'


@pytest.mark.parametrize(
    ('name', 'text', 'expected'),
    [
        (
            'config.py',
            BROKEN_BASE,
            r'config\.py, line 2 \(b = 1 / 0\): ZeroDivisionError: division',
        ),
        ('config.py', "_base_ = './base.py'\n", r'base\.py, line 2 \(b = 1 / 0\): ZeroDivision'),
        (
            'config.py',
            LAZY,
            r'base\.py, line 2 \(b = 1 / 0\): ZeroDivisionError: division by zero$',
        ),
        ('config.py', 'a = dict(\nb = 3\n', r'config\.py, line \d \(.*\): SyntaxError: .*'),
        ('config.py', "_base_ = './none.py'\n", r'config\.py: FileNotFoundError: .*none\.py'),
        ('config.py', 'raise RuntimeError\n', r'config\.py, line 1 \(raise RuntimeError\)'),
        ('config.json', '{"a": 1,\n "b"}', r'config\.json, line 2 .*: JSONDecodeError: Expecting'),
        ('config.yaml', 'a: 1\nb: [1\n', r'config\.yaml, line [23].*: ParserError: .*sequence'),
    ],
)
def test_a_config_that_raises_is_one_line_with_file_line_and_cause(tmp_path, name, text, expected):
    (tmp_path / 'base.py').write_text(BROKEN_BASE)
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=expected) as raised:
        read_config(str(tmp_path / name))
    assert '\n' not in str(raised.value)


def test_a_syntax_error_in_a_base_names_the_base(tmp_path):
    (tmp_path / 'base.py').write_text('a = 1\nb = (\n')
    (tmp_path / 'config.py').write_text(LAZY)
    with pytest.raises(ValueError, match=r'base\.py, line 2 \(b = \(\): SyntaxError'):
        read_config(str(tmp_path / 'config.py'))


@pytest.mark.parametrize(
    ('name', 'variable', 'default'),
    [
        ('ade20k', 'ADE20K_ROOT', 'data/ADEChallengeData2016'),
        ('coco', 'COCO_ROOT', 'data/coco'),
        ('shapes', 'SHAPES_ROOT', 'data/shapes/ADEChallengeData2016'),
        ('shapes_full', 'SHAPES_FULL_ROOT', 'data/shapes_full/ADEChallengeData2016'),
        ('shapes_open', 'SHAPES_OPEN_ROOT', 'data/shapes_open/ADEChallengeData2016'),
    ],
)
def test_a_config_that_inherits_ours_has_its_data_where_the_environment_says(
    tmp_path, monkeypatch, name, variable, default
):
    config = tmp_path / 'mine.py'
    # A folder beside it: those that lead to ours may have dots in their names.
    (tmp_path / 'ours').symlink_to(Path('configs').resolve())
    config.write_text(
        'from mmengine.config import read_base\n\nwith read_base():\n'
        f'    from .ours._base_.datasets.{name}_panoptic import *\n'
    )
    monkeypatch.delenv(variable, raising=False)
    assert read_config(str(config)).train_dataloader.dataset.data_root == default
    monkeypatch.setenv(variable, '/mnt/my data')
    cfg = read_config(str(config))
    assert cfg.data_root == '/mnt/my data'
    for loader in ('train', 'val', 'test'):
        assert cfg[f'{loader}_dataloader'].dataset.data_root == '/mnt/my data'


def test_a_config_of_rps_is_found_in_any_folder_and_a_file_that_is_there_wins(
    tmp_path, monkeypatch
):
    name = 'configs/reg_sam/regnet_shapes.py'
    monkeypatch.chdir(tmp_path)
    assert config_path(name) == project_folder() / name
    assert read_config(name).train_cfg.max_epochs == 3
    own = tmp_path / name
    own.parent.mkdir(parents=True)
    own.write_text('mine = 1')
    assert config_path(name).resolve() == own
    assert read_config(name).mine == 1


@pytest.mark.parametrize(
    'name', ['configs/none.py', 'setup.py', 'seg/__init__.py', 'configs', '/configs/reg_sam/x.py']
)
def test_what_is_no_config_of_rps_is_not_found(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f'^config {name} does not exist$'):
        read_config(name)
