"""Configs that are none of ours, and an environment that another launch has left."""

import importlib.util
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
EMPTY = ''
OTHER = """
_scope_ = 'mmdet'
model = dict(type='MaskRCNN', backbone=dict(type='ResNet', depth=50), neck=dict(type='FPN'))
train_dataloader = dict(batch_size=2, dataset=dict(type='CocoDataset', ann_file='none.json'))
"""


def load_tool(path):
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize('content', [EMPTY, OTHER], ids=['empty', 'other'])
@pytest.mark.parametrize(
    ('tool', 'arguments'),
    [
        ('tools/train.py', ['{config}', '--work-dir', '{out}']),
        ('tools/test.py', ['{config}', 'none.pth', '--work-dir', '{out}']),
        ('tools/gen_cls.py', ['{config}', '--out-dir', '{out}']),
        ('tools/check_ade_files.py', ['--config', '{config}']),
        ('tools/random_cls.py', ['{config}']),
        ('demo/image_demo.py', ['{image}', '{config}', 'none.pth', '--out-dir', '{out}']),
    ],
)
def test_a_config_of_another_project_is_one_line(tool, arguments, content, tmp_path, capsys):
    config, image, out = tmp_path / 'config.py', tmp_path / 'a.png', tmp_path / 'out'
    config.write_text(content)
    Image.new('RGB', (8, 8)).save(image)
    code = load_tool(tool).run([x.format(config=config, image=image, out=out) for x in arguments])
    errors = capsys.readouterr().err.splitlines()
    assert code == 1 and len(errors) == 1 and errors[0].startswith('error: ')
    assert str(config) in errors[0] or 'config' in errors[0]
    assert not out.exists()


def test_a_rank_that_another_launch_has_left_is_no_rank(
    tiny_clip, tiny_checkpoint, tmp_path, monkeypatch, capsys
):
    for name, value in {'RANK': '1', 'WORLD_SIZE': '2', 'LOCAL_RANK': '1'}.items():
        monkeypatch.setenv(name, value)
    options = ['--model', tiny_clip, '--checkpoint', str(tiny_checkpoint), '--templates', 'simple']
    words = ['--classes', 'cat; dog', '--dataset-name', 'Mine', '--out-dir', str(tmp_path)]
    assert load_tool('tools/gen_cls.py').run([*options, *words]) == 0, capsys.readouterr().err
    assert (tmp_path / f'{tiny_clip}_Mine.pth').is_file()
