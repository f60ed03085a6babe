"""Where what is made of each of many files goes, so that nothing is overwritten."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from seg.runtime.whole_files import require_writable

PathLike = str | os.PathLike


def name_outputs(
    inputs: Iterable[PathLike],
    folder: PathLike,
    suffixes: Sequence[str],
    others: Iterable[PathLike] = (),
) -> dict[str, tuple[Path, ...]]:
    """Names of the files that are made of each input: ``folder/city/a.jpg.png`` of ``city/a.jpg``.

    Kept are the input's suffix and its folders below the innermost one that holds all inputs, so
    that no two inputs share an output.

    Args:
        inputs: The files that something is made of.
        folder: Where the outputs go.
        suffixes: What is made of each input: ``('.png', '.json')``.
        others: Further files that are not to be overwritten.

    Returns:
        The outputs of each input, one a suffix; the keys are the inputs as given.

    Raises:
        ValueError: If an output is one of the inputs, or of ``others``, or another input's output.
    """
    given = [os.fspath(path) for path in inputs]
    if not given:
        return {}
    absolute = {path: Path(path).parent.resolve() / Path(path).name for path in given}
    root = os.path.commonpath([path.parent for path in absolute.values()])
    owner: dict[str, Path | None] = {os.path.realpath(path): None for path in (*given, *others)}
    outputs = {}
    for path, full in absolute.items():
        stem = Path(folder) / full.relative_to(root)
        outputs[path] = tuple(stem.with_name(stem.name + suffix) for suffix in suffixes)
        for output in outputs[path]:
            other = owner.setdefault(os.path.realpath(output), full)
            if other is None:
                raise ValueError(
                    f'{output}, to be made of {path}, is itself one of the input files and would '
                    'be overwritten; give another folder for the output'
                )
            if other != full:
                raise ValueError(f'{output} would be made of both {other} and {path}')
    return outputs


def require_free(path: Path, inputs: Iterable[PathLike], *, overwrite: bool = False) -> None:
    """See that a file which somebody has named can be made, before long work.

    Args:
        path: The file.
        inputs: Files that are never overwritten.
        overwrite: Whether it may take the place of another file. Defaults to False.

    Raises:
        ValueError: If it is one of the inputs.
        FileNotFoundError: If its folder is not there.
        FileExistsError: If it is there, or a folder.
    """
    if os.path.realpath(path) in map(os.path.realpath, inputs):
        raise ValueError(f'{path} is itself one of the input files and would be overwritten')
    if not path.parent.is_dir():
        raise FileNotFoundError(f'cannot write {path}: there is no folder {path.parent}')
    if path.is_dir():
        raise FileExistsError(f'cannot write {path}: it is a folder')
    if path.exists() and not overwrite:
        raise FileExistsError(f'{path} exists; give another name, or --overwrite to replace it')


def require_new(path: Path, option: str) -> None:
    """See that a file which an option names is not there yet, and can be made.

    Args:
        path: The file; its folder is made if it is missing.
        option: The option, for the message.

    Raises:
        FileExistsError: If it is there.
        OSError: If its folder cannot be written.
    """
    if path.exists():
        raise FileExistsError(f'{option}: {path} exists; remove it, or give another name')
    require_writable(path)
