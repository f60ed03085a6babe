"""Where the project's files are, and how its scripts are called, in a clone and in a wheel."""

from pathlib import Path

import pytest

from seg.runtime import project_files
from seg.runtime.project_files import command_name, how_to_run, is_clone, project_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    monkeypatch.setattr(project_files, '_IN_WHEEL', tmp_path)


def test_in_a_clone_the_files_lie_beside_the_package():
    assert is_clone() and project_folder() == ROOT
    assert how_to_run('tools/gen_cls.py') == 'python tools/gen_cls.py'


def test_in_a_wheel_they_lie_inside_and_scripts_are_commands(wheel, tmp_path):
    assert not is_clone() and project_folder() == tmp_path
    assert how_to_run('tools/gen_cls.py') == 'rps gen-cls'
    assert command_name(Path('demo/image_demo.py')) == 'image-demo'
