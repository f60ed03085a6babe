"""Where configs, tools and demo lie: beside ``seg`` in a clone, inside it in an installed wheel."""

from pathlib import Path

_SEG = Path(__file__).resolve().parents[1]
_IN_WHEEL = _SEG / '.mim'  # laid there when a wheel is built, see setup.py


def project_folder() -> Path:
    """Folder that holds ``configs/``, ``tools/`` and ``demo/``."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _SEG.parent


def is_clone() -> bool:
    """Whether this is the project's repository, and not what a wheel installed."""
    return not _IN_WHEEL.is_dir()


def command_name(script: str | Path) -> str:
    """What a script is called as a command of ``rps``: ``gen-cls`` for ``tools/gen_cls.py``."""
    return Path(script).stem.replace('_', '-')


def how_to_run(script: str) -> str:
    """The beginning of a command line that starts a script, for messages.

    Args:
        script: Its path in the repository, such as ``tools/gen_cls.py``.

    Returns:
        ``python tools/gen_cls.py`` in a clone, with its folder where that is not the current one;
        ``rps gen-cls`` for a wheel.
    """
    if not is_clone():
        return f'rps {command_name(script)}'
    return f'python {script if Path.cwd() == project_folder() else project_folder() / script}'
