"""``rps``: the scripts under their own names, found quickly, and completed by the shell."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seg import __version__
from seg.apis import commands
from seg.apis.commands import build_parser, main, script_files
from seg.apis.completion import completion_script
from seg.runtime.project_files import project_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _as_a_command_starts(monkeypatch):
    """A script is looked up beside itself, and the program's name is set: here, until the test ends."""
    monkeypatch.setattr('sys.path', [*sys.path])
    monkeypatch.setattr('sys.argv', ['rps'])


def test_every_script_that_has_arguments_is_a_command():
    scripts = [*(ROOT / 'tools').glob('*.py'), *(ROOT / 'demo').glob('*.py')]
    with_arguments = {file for file in scripts if 'def build_parser' in file.read_text()}
    assert set(script_files().values()) == with_arguments
    assert project_folder() == ROOT


def test_help_has_a_line_for_each_command(capsys):
    assert main(['--help']) == main([]) == 0
    shown = capsys.readouterr().out
    for name in [*script_files(), 'completion']:
        (line,) = set(re.findall(rf'^  {name} +(\S.*)$', shown, re.MULTILINE))
        assert 10 < len(line) < 80
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize('arguments', [['--help'], ['--version'], ['gen-cls', '--help']])
def test_help_imports_no_library(run_python, arguments):
    heavy = ('torch', 'numpy', 'mmengine', 'open_clip', 'cv2')
    done = run_python(f"""
import sys
from seg.apis.commands import main
try:
    code = main({arguments})
except SystemExit as end:
    code = end.code
print(code, [name for name in {heavy} if name in sys.modules])
""")
    assert done.stdout.endswith('0 []\n'), done.stderr


def test_a_command_calls_itself_by_its_name(capsys):
    with pytest.raises(SystemExit):
        main(['gen-cls', '--help'])
    assert capsys.readouterr().out.startswith('usage: rps gen-cls ')


def test_the_version_is_that_of_the_package(run_python):
    done = run_python("""
import runpy, sys
sys.argv = ['seg', '--version']
runpy.run_module('seg', run_name='__main__')
""")
    assert done.stdout == f'rps {__version__}\n', done.stderr


@pytest.mark.parametrize(
    ('name', 'hint'),
    [
        ('gen-clss', 'did you mean gen-cls?'),
        ('gen_cls', 'did you mean gen-cls?'),
        ('xyz', 'rps --help'),
    ],
)
def test_an_unknown_command_is_one_line_with_what_is_near(name, hint, capsys):
    assert main([name, '--help']) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: rps has no command '{name}'; ") and hint in line


def test_arguments_and_exit_code_are_those_of_the_script(capsys, tmp_path):
    assert main(['inspect-cls', str(tmp_path / 'none.pth')]) == 1
    assert 'none.pth does not exist' in capsys.readouterr().err


@pytest.mark.parametrize('command', ['gen-cls', 'train', 'test'])
def test_gpus_starts_that_many_processes_of_the_script(command, monkeypatch):
    started = []

    def execvpe(file, words, environment):
        started.extend(words)
        raise SystemExit(0)

    monkeypatch.setattr('os.execvpe', execvpe)
    words = ['config.py', *(['model.pth'] if command == 'test' else []), '--gpus', '2']
    with pytest.raises(SystemExit):
        main([command, *words])
    script = f'{command.replace("-", "_")}.py'
    assert started == ['bash', str(ROOT / 'tools/launch.sh'), '2', script, *words]


COMPLETE = """
source {script}
COMP_WORDS=({words}) COMP_CWORD={last}
_shtab_rps
echo "${{COMPREPLY[*]}}"
"""


@pytest.mark.parametrize(
    ('words', 'expected'),
    [
        ('rps gen', 'gen-cls'),
        ('rps gen-cls --spl', '--split'),
        ("rps gen-cls --split ''", 'train val test'),
        ('rps train configs/reg_sam/regnet_sh', None),
        ("rps completion ''", 'bash zsh'),
    ],
)
def test_bash_completes_commands_options_values_and_files(words, expected, tmp_path):
    script = tmp_path / 'rps.bash'
    script.write_text(completion_script(build_parser(), 'bash'))
    text = COMPLETE.format(script=script, words=words, last=len(words.split()) - 1)
    done = subprocess.run(['bash', '-c', text], cwd=ROOT, capture_output=True, text=True)
    files = {f'configs/reg_sam/{name}.py' for name in ('regnet_shapes', 'regnet_shapes_full')}
    found = set(done.stdout.split())
    assert found == (set(expected.split()) if expected else files), done.stderr


def test_zsh_reads_its_script(tmp_path):
    script = tmp_path / '_rps'
    script.write_text(completion_script(build_parser(), 'zsh'))
    assert '#compdef rps' in script.read_text()
    if shutil.which('zsh') is None:
        pytest.skip('zsh is not installed')
    assert subprocess.run(['zsh', '-n', script]).returncode == 0


def test_completion_without_its_library_is_one_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'shtab', None)
    monkeypatch.delitem(sys.modules, 'seg.apis.completion', raising=False)
    assert commands.main(['completion', 'bash']) == 1
    assert 'shtab' in capsys.readouterr().err
