"""Commands run one after the other, each shown before it runs, what it prints kept in a file.

One whose result is there already, made from the same, does not run again.
"""

import shlex
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from record import Made, Record, state_of

from seg.runtime.project_files import how_to_run

_LINES_OF_A_FAILURE = 8


class Step(NamedTuple):
    """A command that has run.

    Attributes:
        title: What it was for.
        command: As a user would type it.
        seconds: How long it took.
        reused: When an earlier run ran it, whose result is used; '' for this run.
    """

    title: str
    command: str
    seconds: float
    reused: str = ''


class Steps:
    """Runs Python scripts of the project.

    Args:
        root: The project's folder.
        out: Folder of what they print, ``out/logs``, and of the record, ``out/made_from.json``.
        project: What stands for the project's code, see :func:`record.project_digest`.
        again: Whether to run every one, whatever is there. Defaults to False.

    Attributes:
        done: The steps so far.
    """

    def __init__(self, root: Path, out: Path, project: str, *, again: bool = False) -> None:
        self.root = root
        self.logs = out / 'logs'
        self.logs.mkdir(parents=True, exist_ok=True)
        self.record = Record(out / 'made_from.json', project)
        self.again = again
        self.done: list[Step] = []
        self._unsaid: list[tuple[str, str]] = []  # names and dates of reused steps

    def run(
        self,
        title: str,
        command: str,
        *more: str,
        name: str = '',
        makes: Sequence[Path] = (),
        needs: Sequence[str] = (),
        show: Callable[[str], str | None] | None = None,
    ) -> None:
        """Run a script and wait for it; its progress bars stay on the terminal.

        Args:
            title: Printed first.
            command: Script and arguments, without the name of the interpreter.
            more: Arguments that are not to be split at spaces.
            name: What the result is called. Defaults to '', a step that always runs.
            makes: Files and folders of the result.
            needs: Names of earlier steps whose results it reads.
            show: Which lines of its output to print, and how; None leaves a line out. Defaults to
                all of them.

        Raises:
            OSError: If it fails; tells its last lines and where all of them are.
        """
        script, *options = [*shlex.split(command), *more]
        shown = f'{how_to_run(script)} {shlex.join(options)}'.replace(f'{self.root}/', '')
        source = self.record.source([script, *options], needs) if name else ''
        if name and not self.again and (made := self.record.find(name, source, makes)):
            self.done.append(Step(title, shown, made.seconds, reused=made.date))
            self._unsaid.append((name, made.date))
            return
        self.say_what_is_reused()
        self.record.drop(name)
        step = Step(title, shown, self._run(title, shown, script, options, show))
        self.done.append(step)
        if name:
            now = f'{datetime.now():%Y-%m-%d %H:%M}'
            self.record.add(name, Made(source, state_of(makes), step.seconds, now))

    def say_what_is_reused(self) -> None:
        """Print a line on the results of earlier runs that were taken since the last such line."""
        if self._unsaid:
            names, dates = zip(*self._unsaid, strict=True)
            print(
                f'\n== Reused from {max(dates)}: {", ".join(names)}. Nothing that they depend on '
                'has changed; --again makes all anew',
                flush=True,
            )
        self._unsaid.clear()

    def _run(
        self,
        title: str,
        shown: str,
        script: str,
        options: Sequence[str],
        show: Callable[[str], str | None] | None,
    ) -> float:
        """Run it; returns the seconds it took."""
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
        seconds = time.perf_counter() - start
        print(f'({seconds:.0f} s)', flush=True)
        return seconds
