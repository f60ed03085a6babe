"""Python that people read, in the README and in docstrings, runs as printed and prints what is shown."""

import doctest
import importlib.util
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

import seg.apis.segmenter

ROOT = Path(__file__).parents[2]


@pytest.fixture
def picture(tmp_path, monkeypatch):
    """``picture.jpg`` in the current folder, made by the command that the README names."""
    command = re.search(r'`python (tools/make_shapes.py .*?)`', (ROOT / 'README.md').read_text())[1]
    script, out, *options = command.split()
    spec = importlib.util.spec_from_file_location('make_shapes', ROOT / script)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.chdir(tmp_path)
    assert tool.run([out, *options]) == 0
    made = Path(out, 'ADEChallengeData2016/images/validation/ADE_val_00000001.jpg')
    return shutil.copy(made, 'picture.jpg')


def named(line):
    """'2 segments: a 0.97, b 1.00' as ['a', 'b'] and [0.97, 1.0]."""
    found = re.findall(r'([a-z ]+) (\d\.\d\d)', line.partition(':')[2])
    return [name.strip() for name, _ in found], [float(score) for _, score in found]


def test_the_readme_does_what_it_shows(picture, capsys):
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    shown = re.findall(r'^```python\n(.*?)^```\n\n```text\n(.*?)^```', text, re.M | re.S)
    assert len(shown) == text.count('```python') == 1
    code, output = shown[0]
    capsys.readouterr()
    exec(code, {})
    names, scores = named(capsys.readouterr().out)
    expected, expected_scores = named(output)
    assert names == expected and len(names) > 3
    assert scores == pytest.approx(expected_scores, abs=0.02)
    assert Image.open('found.png').size == (640, 640)


def test_the_examples_of_the_segmenter_run(picture):
    done = doctest.testmod(seg.apis.segmenter)
    assert done.attempted >= 4 and done.failed == 0
    assert Path('found.png').is_file()
