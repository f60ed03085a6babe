"""Commands run one after the other, each shown before it runs, what it prints kept in a file."""

import shlex
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seg.runtime.project_files import how_to_run

_LINES_OF_A_FAILURE = 8


class Step(NamedTuple):
    """A command that has run.

    Attributes:
        title: What it was for.
        command: As a user would type it.
        seconds: How long it took.
    """

    title: str
    command: str
    seconds: float


class Steps:
    """Runs Python scripts of the project.

    Args:
        root: The project's folder.
        out: Folder of what they print: ``out/logs``.

    Attributes:
        done: The steps so far.
    """

    def __init__(self, root: Path, out: Path) -> None:
        self.root = root
        self.logs = out / 'logs'
        self.logs.mkdir(parents=True, exist_ok=True)
        self.done: list[Step] = []

    def run(
        self,
        title: str,
        command: str,
        *more: str,
        show: Callable[[str], str | None] | None = None,
    ) -> None:
        """Run a script and wait for it; its progress bars stay on the terminal.

        Args:
            title: Printed first.
            command: Script and arguments, without the name of the interpreter.
            more: Arguments that are not to be split at spaces.
            show: Which lines of its output to print, and how; None leaves a line out. Defaults to
                all of them.

        Raises:
            OSError: If it fails; tells its last lines and where all of them are.
        """
        script, *options = [*shlex.split(command), *more]
        shown = f'{how_to_run(script)} {shlex.join(options)}'.replace(f'{self.root}/', '')
        print(f'\n== {title}\n$ {shown}', flush=True)
        log = self.logs / f'{len(self.done) + 1}_{Path(script).stem}.log'
        last: deque[str] = deque(maxlen=_LINES_OF_A_FAILURE)
        start = time.perf_counter()
        # mmengine logs to stderr what a person wants to see of a training.
        stderr = None if show is None else subprocess.STDOUT
        with (
            log.open('w') as file,
            subprocess.Popen(
                [sys.executable, '-u', script, *options],
                cwd=self.root,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            ) as process,
        ):
            for line in process.stdout:
                file.write(line)
                last.append(line)
                printed = line.rstrip() if show is None else show(line.rstrip())
                if printed is not None:
                    print(printed, flush=True)
        if process.returncode:
            said = ' '.join(' '.join(last).split())
            raise OSError(f'{script} ended with exit code {process.returncode}, see {log}: {said}')
        self.done.append(Step(title, shown, time.perf_counter() - start))
        print(f'({self.done[-1].seconds:.0f} s)', flush=True)
