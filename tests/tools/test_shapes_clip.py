"""Training and evaluation of the embedded CLIP, as commands."""

import gzip
import importlib.util
import json
from pathlib import Path

import pytest

from seg.models.openclip import embedded_folder
from seg.shapes.clip import evaluation

TOOLS = Path(__file__).parents[2] / 'tools'


def load(name):
    spec = importlib.util.spec_from_file_location(f'tool_{name}', TOOLS / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_training_writes_weights_that_the_evaluation_reads(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(evaluation, 'COMBINATIONS', evaluation.COMBINATIONS[::40])  # 24 of 960
    out = tmp_path / 'clip'
    size = ['--pictures', '4', '--scenes', '2', '--crops', '1', '--eval-scenes', '2']
    command = [str(out), '--steps', '3', '--seed', '5', *size, '--workers', '0']
    assert load('train_shapes_clip').run(command) == 0
    trained = capsys.readouterr().out
    assert '% top-1 of 24 classes (24 crops, templates vild, seed 0)' in trained
    assert '% top-1 of 42 classes' in trained
    manifest = json.loads((out / 'manifest.json').read_text())
    assert manifest['command'].startswith('tools/train_shapes_clip.py ')
    assert '--steps 3 --seed 5' in manifest['command']
    assert (manifest['seed'], manifest['steps'], manifest['finished']) == (5, 3, True)
    assert manifest['accuracy']['crops_classes'] == 24

    more = tmp_path / 'more'
    command = [str(more), '--steps', '2', '--start', str(out), *size, '--workers', '0']
    assert load('train_shapes_clip').run(command) == 0
    capsys.readouterr()
    assert json.loads((more / 'manifest.json').read_text())['start'] == manifest

    evaluate = load('eval_shapes_clip').run
    assert evaluate(['--checkpoint', str(out), '--crops', '1', '--scenes', '2']) == 0
    assert capsys.readouterr().out.splitlines() == trained.splitlines()[:-1]


def test_the_merges_of_the_tokenizer_are_written_as_they_are_shipped(tmp_path, capsys):
    assert load('train_shapes_clip').run([str(tmp_path / 'new'), '--merges-only']) == 0
    file = tmp_path / 'new/bpe.txt.gz'
    assert f'{file} makes one token of each of ' in capsys.readouterr().out
    shipped = embedded_folder('shapes_clip') / 'bpe.txt.gz'
    assert gzip.decompress(file.read_bytes()) == gzip.decompress(shipped.read_bytes())


@pytest.mark.parametrize(
    ('tool', 'arguments', 'message'),
    [
        ('eval_shapes_clip', ['--checkpoint', 'nowhere/clip.pt'], 'nowhere/clip.pt does not exist'),
        ('eval_shapes_clip', ['--templates', 'nonsense'], 'nonsense'),
        (
            'train_shapes_clip',
            ['{tmp}', '--start', '{file}', '--steps', '1'],
            'Not a directory',
        ),
        ('train_shapes_clip', ['{file}/x', '--steps', '1'], 'Not a directory'),
    ],
)
def test_errors_are_one_line(tool, arguments, message, tmp_path, capsys):
    (tmp_path / 'file').touch()
    places = {'tmp': tmp_path / 'out', 'file': tmp_path / 'file'}
    assert load(tool).run([a.format(**places) for a in arguments]) == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith('error: ') and message in error and '\n' not in error


@pytest.mark.parametrize(
    ('tool', 'arguments'),
    [('eval_shapes_clip', ['--crops', '0']), ('train_shapes_clip', ['out', '--steps', '0'])],
)
def test_a_number_below_one_is_refused_while_arguments_are_read(tool, arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        load(tool).run(arguments)
    assert ended.value.code == 2
    assert "expected a whole number from 1, got '0'" in capsys.readouterr().err
