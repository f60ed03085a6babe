"""What the demo's results were made from: a later run makes only what something has changed for."""

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import ext
import seg
from seg.compat.requirements import OLDEST, mm_version
from seg.runtime.whole_files import write_whole

_ROOT = Path(__file__).resolve().parents[1]
_CODE = (Path(ext.__file__).parent, Path(seg.__file__).parent, _ROOT / 'configs', _ROOT / 'tools')


class Made(NamedTuple):
    """What is on record of a step.

    Attributes:
        source: Digest of all that decides the result, see :meth:`Record.source`.
        state: State of the files that it made, see :func:`state_of`.
        seconds: How long it took.
        date: When it was done.
    """

    source: str
    state: str
    seconds: float
    date: str


class Record:
    """A small file beside the results. One that cannot be read counts as none: all is made anew.

    Args:
        file: The file.
        project: See :func:`project_digest`.
    """

    def __init__(self, file: Path, project: str) -> None:
        self.file = file
        self.project = project
        try:
            self._steps = {
                name: Made(**own) for name, own in json.loads(file.read_text('utf-8')).items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            self._steps = {}

    def source(self, command: Iterable[str], needs: Iterable[str]) -> str:
        """Digest of all that decides what a step makes.

        Args:
            command: The script and its arguments.
            needs: Names of the steps whose results it reads.
        """
        content = [self.project, [*command], [self._steps[name].source for name in needs]]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def find(self, name: str, source: str, files: Iterable[Path]) -> Made | None:
        """What is on record of a step, if its result was made from the same and is untouched.

        Args:
            name: The step's.
            source: From :meth:`source`.
            files: What it makes.
        """
        made = self._steps.get(name)
        if made is None or made.source != source:
            return None
        return made if made.state and made.state == state_of(files) else None

    def drop(self, name: str) -> None:
        """Forget a step, before its result is replaced."""
        if self._steps.pop(name, None):
            self._write()

    def add(self, name: str, made: Made) -> None:
        """Keep what a step that is done was made from."""
        self._steps[name] = made
        self._write()

    def _write(self) -> None:
        content = {name: made._asdict() for name, made in self._steps.items()}
        write_whole(self.file, f'{json.dumps(content, indent=2)}\n'.encode())


def project_digest() -> str:
    """Digest of the project's code, configs and weights, and of the versions of what they run on."""
    digest = hashlib.sha256()
    for file in _files(_CODE):
        digest.update(f'{file}\0'.encode('utf-8', 'surrogateescape'))
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    versions = {name: version(name) for name in OLDEST}
    versions |= {name: mm_version(name) for name in ('mmengine', 'mmcv', 'mmdet')}
    digest.update(json.dumps([platform.python_version(), versions]).encode())
    return digest.hexdigest()


def state_of(paths: Iterable[Path]) -> str:
    """State of files and of those in folders: names, sizes and times. '' where one is missing."""
    paths = list(paths)
    if not all(path.exists() for path in paths):
        return ''
    lines = [f'{path} {path.stat().st_size} {path.stat().st_mtime_ns}' for path in _files(paths)]
    return hashlib.sha256('\n'.join(lines).encode('utf-8', 'surrogateescape')).hexdigest()


def _files(paths: Iterable[Path]) -> list[Path]:
    """The files, and those in the folders, but for Python's byte code."""
    found = {
        file
        for path in paths
        for file in (path, *path.rglob('*'))
        if file.is_file() and '__pycache__' not in file.parts
    }
    return sorted(found)
