"""Scripts that complete a command line in bash and zsh."""

import argparse

import shtab

from seg.apis.arguments import expanded


def completion_script(parser: argparse.ArgumentParser, shell: str) -> str:
    """A script for a shell to read; completing starts no Python.

    Args:
        parser: The parser of the command, with those of its subcommands. What takes a path is completed
            with files.
        shell: 'bash' or 'zsh'.
    """
    _complete_files(parser)
    return shtab.complete(parser, shell)


def _complete_files(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:
        if action.type is expanded:
            vars(action)['complete'] = shtab.FILE
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete_files(command)
