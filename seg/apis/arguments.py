"""Types of command line arguments, for ``argparse``: what is wrong is said before anything is done."""

import argparse
import socket
from pathlib import Path


def expanded(text: str) -> str:
    """A path, or words, with ``~`` as a shell expands it; shells leave it alone in ``--option=~/x``."""
    if not text.startswith('~'):
        return text
    try:
        return str(Path(text).expanduser())
    except RuntimeError:
        raise argparse.ArgumentTypeError(
            f'{text!r} begins with ~, and there is no such home; for a folder of that name: ./{text}'
        ) from None


def positive(text: str) -> int:
    """A whole number from 1."""
    return _at_least(1, text)


def natural(text: str) -> int:
    """A whole number from 0."""
    return _at_least(0, text)


def seconds(text: str) -> float:
    """A time above 0, of at most a day."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(f'expected seconds above 0, at most a day, got {text!r}')
    return number


def port(text: str) -> int:
    """A TCP port."""
    number = positive(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(f'expected a port from 1 to 65535, got {text!r}')
    return number


def own_address(text: str) -> str:
    """An address or a name of this machine, which a server can listen on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            text, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.bind(address)
    except (OSError, UnicodeError):
        raise argparse.ArgumentTypeError(
            f'{text!r} is not an address of this machine; use 127.0.0.1 for local access only, or 0.0.0.0 for all'
        ) from None
    return text


def _at_least(least: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f'expected a whole number from {least}, got {text!r}')
    return number
