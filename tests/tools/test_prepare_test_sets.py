"""``tools/prepare_test_sets.py``: of released files to sets that ``tools/check_test_sets.py`` passes."""

import importlib.util
from pathlib import Path

import pytest
import released_sets

ROOT = Path(__file__).parents[2]


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / f'tools/{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('PASCAL_CONTEXT_ROOT', str(tmp_path / 'context'))
    monkeypatch.setenv('ADE20K_FULL_ROOT', str(tmp_path / 'ADE20K_2021_17_01'))

    def run(tool, *words):
        code = load(tool).run([str(word) for word in words])
        return code, *capsys.readouterr()

    return run


def test_prepared_sets_pass_the_check(run, tmp_path):
    names = ('pc59', 'pc459', 'ade20k_full')
    code, out, _ = run('check_test_sets', *names)
    for name in names:
        assert f'tools/prepare_test_sets.py {name} makes it' in out
    voc = tmp_path / 'data/VOCdevkit/VOC2010'
    released_sets.write_pascal_context(voc)
    released_sets.write_ade20k_full(tmp_path / 'ADE20K_2021_17_01')
    code, out, err = run('prepare_test_sets', 'pc59', '--workers', 2)
    assert code == 0 and not err
    assert '3 pictures of data/VOCdevkit/VOC2010/ImageSets/Main/val.txt, 6 files written' in out
    assert out.splitlines()[-1].endswith('tools/check_test_sets.py pc59')
    code, out, _ = run('check_test_sets', 'pc459')  # whose folder is there, but not its labels
    assert code == 1 and 'tools/prepare_test_sets.py pc459 makes it' in out
    assert '3 files written' in run('prepare_test_sets', 'pc459', voc)[1]
    assert '4 files written' in run('prepare_test_sets', 'ade20k_full')[1]
    assert 'all files are there already' in run('prepare_test_sets', 'ade20k_full')[1]
    code, out, _ = run('check_test_sets', *names, '--workers', 1)
    assert code == 0, out
    assert [out.count(f'{name}: ') for name in names] == [1, 1, 1]
    assert out.count('pictures') == out.count('no problems') == 3


@pytest.mark.parametrize(
    ('words', 'expected'),
    [
        (('pc59', 'nowhere'), 'nowhere/JPEGImages does not exist; give the folder of VOC 2010'),
        (('ade20k_full',), 'images/ADE/validation does not exist; give the unpacked folder'),
        (('ade20k_full', '--list', 'x'), '--list is for Pascal Context'),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(run, tmp_path, words, expected):
    code, out, err = run('prepare_test_sets', *words)
    assert code == 1 and not out and err.count('\n') == 1 and expected in err
    assert not list(tmp_path.iterdir())
