"""The command ``rps``: the scripts of ``tools/`` and ``demo/``, each under its own name."""

import argparse
import ast
import difflib
import re
import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from seg import __version__
from seg.apis.command_line import run_command
from seg.runtime.project_files import command_name, project_folder

# In the order in which they are met. ``command_name`` makes gen-cls of gen_cls.py.
SCRIPTS = {
    'demos': ('demo/demo.py', 'demo/app.py', 'demo/image_demo.py'),
    'data': (
        *('tools/prepare_data.py', 'tools/browse_data.py', 'tools/make_shapes.py'),
        *('tools/prepare_ade20k.py', 'tools/check_ade_files.py', 'tools/prepare_test_sets.py'),
    ),
    'text classifiers': ('tools/gen_cls.py', 'tools/inspect_cls.py', 'tools/random_cls.py'),
    'models': (
        *('tools/train.py', 'tools/test.py', 'tools/check_test_sets.py'),
        *('tools/publish_model.py', 'tools/export.py'),
    ),
    "mmdet's habits": (
        *('tools/browse_dataset.py', 'tools/get_flops.py'),
        *('tools/analyze_logs.py', 'tools/print_config.py'),
    ),
    'the embedded CLIP': ('tools/train_shapes_clip.py', 'tools/eval_shapes_clip.py'),
}
_COMPLETION = 'completion'
_COMPLETION_DOES = 'Print a script that completes these commands and their options in a shell'
_DESCRIPTION = 'RPS: real-time panoptic segmentation with an open vocabulary.'
_EPILOG = """rps COMMAND --help tells the options of a command. Configs that come with RPS are named as in
its repository, e.g. configs/reg_sam/regnet_shapes.py, in any folder."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of ``rps``.

    Args:
        argv: The command and its arguments. Defaults to those of this process.

    Returns:
        The command's exit code; 2 if there is no such command.
    """
    name, *rest = list(sys.argv[1:] if argv is None else argv) or ['--help']
    if name in ('-h', '--help'):
        print(describe_commands())
        return 0
    if name == '--version':
        print(f'rps {__version__}')
        return 0
    if name == _COMPLETION:
        return _print_completion(rest)
    script = script_files().get(name)
    if script is None:
        known = [*script_files(), _COMPLETION]
        meant = name.replace('_', '-')
        near = [meant] if meant in known else difflib.get_close_matches(meant, known, n=3)
        hint = f'did you mean {" or ".join(near)}?' if near else 'rps --help lists them'
        print(f'error: rps has no command {name!r}; {hint}', file=sys.stderr)
        return 2
    sys.argv = [f'rps {name}', *rest]  # what argparse calls the program
    return load_script(script).run(rest)


def script_files() -> dict[str, Path]:
    """The file of each command's script."""
    folder = project_folder()
    return {command_name(file): folder / file for files in SCRIPTS.values() for file in files}


def load_script(file: Path) -> ModuleType:
    """Import a script under a name that is no other module's; it may import what lies beside it."""
    sys.path.insert(0, str(file.parent))
    spec = spec_from_file_location(f'rps_{file.stem}', file)
    assert spec is not None and spec.loader is not None, file  # a file in .py has both
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def describe_commands() -> str:
    """The help of ``rps``: each command with the first words of its script's docstring."""
    files = script_files()
    width = max(map(len, files)) + 2
    lines = ['usage: rps [-h] [--version] COMMAND ...', '', _DESCRIPTION]
    for title, scripts in SCRIPTS.items():
        lines += ['', f'{title}:']
        for name in map(command_name, scripts):
            lines.append(f'  {name:{width}}{_summary(files[name])}')
    lines += ['', 'shell:', f'  {_COMPLETION:{width}}{_COMPLETION_DOES}', '', _EPILOG]
    return '\n'.join(lines)


def build_parser() -> argparse.ArgumentParser:
    """All commands as one parser, which is built for completion: it imports every script."""
    parser = argparse.ArgumentParser('rps', description=_DESCRIPTION)
    parser.add_argument('--version', action='version', version=f'rps {__version__}')
    commands = parser.add_subparsers(metavar='COMMAND')
    for name, file in script_files().items():
        own = load_script(file).build_parser()
        commands.add_parser(name, parents=[own], add_help=False, help=_summary(file))
    completion = _completion_parser()
    commands.add_parser(
        _COMPLETION, parents=[completion], add_help=False, help=completion.description
    )
    return parser


def _summary(file: Path) -> str:
    words = ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or ''
    return re.split('[,:;\n]', words)[0].rstrip('.')


def _completion_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f'rps {_COMPLETION}', description=_COMPLETION_DOES)
    parser.add_argument('shell', choices=('bash', 'zsh'))
    return parser


def _print_completion(argv: Sequence[str]) -> int:
    shell = _completion_parser().parse_args(argv).shell

    def show() -> None:
        from seg.apis.completion import completion_script

        print(completion_script(build_parser(), shell))

    return run_command(show)
