"""``tools/make_shapes.py``, ``check_ade_files.py`` and ``prepare_ade20k.py`` as a person uses them."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
FEW = ('--images', '3', '--size', '48', '--workers', '1')


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / f'tools/{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def call(capsys):
    """Runs a tool; returns exit code, standard output and standard error."""

    def run(tool, *args):
        code = load_tool(tool).run([str(arg) for arg in args])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def test_what_is_made_passes_the_check(call, tmp_path):
    code, out, err = call('make_shapes', tmp_path, *FEW)
    assert (code, err) == (0, '')
    assert '3 training and 1 validation images, vocabulary shapes' in out
    code, out, err = call('check_ade_files', tmp_path, '--deep')
    assert (code, err) == (0, '')
    assert 'ShapesPanopticDataset (10 things, 4 stuff)' in out
    code, out, _ = call('make_shapes', tmp_path, *FEW)
    assert code == 0
    assert 'is there already' in out


def test_errors_are_one_line(call, tmp_path):
    for args in (['--vocabulary', 'coco'], ['--images', '0']):
        code, out, err = call('make_shapes', tmp_path / 'x', *args)
        assert (code, out) == (1, '')
        assert err.startswith('error: ')
        assert err.count('\n') == 1
    code, _, err = call('check_ade_files', tmp_path / 'nowhere')
    assert code == 1
    assert 'make_shapes.py' in err


def test_other_settings_need_force(call, tmp_path):
    assert call('make_shapes', tmp_path, *FEW)[0] == 0
    code, _, err = call('make_shapes', tmp_path, *FEW, '--seed', 1)
    assert code == 1
    assert '--force' in err
    assert call('make_shapes', tmp_path, *FEW, '--seed', 1, '--force')[0] == 0


def test_damage_is_listed_and_exits_with_1(call, tmp_path):
    call('make_shapes', tmp_path, *FEW)
    (tmp_path / 'ADEChallengeData2016/images/training/ADE_train_00000002.jpg').unlink()
    code, out, err = call('check_ade_files', tmp_path)
    assert code == 1
    assert 'missing image (1):\n  images/training/ADE_train_00000002.jpg' in out
    assert err.startswith('error: 1 problems in ')


def test_the_check_finds_the_data_of_the_environment(call, tmp_path, monkeypatch):
    call('make_shapes', tmp_path, *FEW)
    monkeypatch.setenv('ADE20K_ROOT', str(tmp_path))
    assert call('check_ade_files')[0] == 0


def test_the_released_files_are_prepared_once(call, tmp_path):
    root = tmp_path / 'ADEChallengeData2016'
    for name in ('training', 'validation'):
        maps = (np.full((4, 5), 3, np.uint8), np.zeros((4, 5, 3), np.uint8))
        for folder, content in zip(('annotations', 'annotations_instance'), maps, strict=True):
            (root / folder / name).mkdir(parents=True)
            Image.fromarray(content).save(root / folder / name / 'a.png')
        (root / 'images' / name).mkdir(parents=True)
        Image.new('RGB', (5, 4)).save(root / 'images' / name / 'a.jpg')
    code, out, _ = call('prepare_ade20k', tmp_path)
    assert code == 0
    assert 'ade20k_panoptic_train.json: 1 images' in out
    assert call('check_ade_files', tmp_path, '--deep')[0] == 0
    assert 'is there already' in call('prepare_ade20k', tmp_path)[1]
    code, _, err = call('prepare_ade20k', tmp_path / 'nowhere')
    assert code == 1
    assert 'annotations_instance.tar' in err


@pytest.mark.parametrize(
    ('tool', 'options'), [('make_shapes', FEW), ('prepare_ade20k', ()), ('check_ade_files', ())]
)
def test_the_tools_start_without_mmdet(tool, options, tmp_path):
    script = (
        'import sys; from importlib import import_module as load; '
        f"sys.path.insert(0, 'tools'); load('{tool}').run(sys.argv[1:]); "
        "print(sorted({'mmdet', 'mmengine'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, '-c', script, str(tmp_path), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={'PATH': '', 'ADE20K_ROOT': '/nowhere'},
        input='',
        timeout=120,
    )
    assert done.stdout.splitlines()[-1] == '[]', done.stderr
