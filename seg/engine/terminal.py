"""What a person sees of a training or a test; the log file has everything."""

import logging
import re
import time
from pathlib import Path
from typing import TextIO

from tqdm import tqdm
from tqdm.contrib import DummyTqdmFile

#: Files of mmengine that write of configs, environment and hooks, and of each checkpoint.
_HIDDEN = frozenset(('runner.py', 'checkpoint_hook.py'))
#: What is for people in these files, and what is not in others.
_SHOWN_STARTS = ('The best checkpoint',)
_HIDDEN_STARTS = (
    *('paramwise_options', 'Exp name', 'Name of parameter', 'The previous best'),
    'Loads checkpoint by',
)
#: What mmengine says of itself, which no reader can mend.
_NOISE = (
    *('will be deprecated', 'is the alias of', 'It is expected to be called'),
    *('is skipped since its requires_grad=False', 'make sure that the mlflow server'),
)
#: Of a message; longer tables are in the file.
_MOST_LINES = 40
#: A step, which a bar shows; numbers of a validation, which a table shows.
_STEP = re.compile(r'(Epoch|Iter)\((train|val|test)\)\s.*\btime: ')
_IN_A_TABLE = re.compile(r'(Epoch|Iter)\(val\)\s.*\bm?[PI][Qo]U?: ')
_OF_EACH = re.compile(r'.* of each class\n')
#: Losses of each stage of the head, and the rate before it is multiplied for a part.
_PARTS = re.compile(r'(?:base_lr|d\d+\.\w+): \S+\s*')


class Terminal(logging.StreamHandler):
    """Shows progress, results, what our own files say, and warnings; above a bar, where there is one.

    Attributes:
        has_bar: Whether a bar shows the steps, which then are no lines.
        is_brief: Whether tables of each class are left to the file.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.has_bar = self.is_brief = False
        self.addFilter(self._is_for_people)

    def format(self, record: logging.LogRecord) -> str:
        """A line with its time, or a table as it is."""
        message = super().format(record)
        if record.levelno >= logging.WARNING:
            return f'{record.levelname.lower()}: {message}'
        if '\n' in message:
            return message
        return f'{time.strftime("%H:%M:%S")} {_PARTS.sub("", message)}'

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message, and a bar anew below it."""
        try:
            tqdm.write(self.format(record), file=self.stream)
            self.flush()
        except Exception:  # as of every handler of logging
            self.handleError(record)

    def _is_for_people(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            return not any(noise in message for noise in _NOISE)
        if message.count('\n') > _MOST_LINES or message.lstrip().startswith(_HIDDEN_STARTS):
            return False
        if _IN_A_TABLE.match(message) or (self.has_bar and _STEP.match(message)):
            return False
        if self.is_brief and _OF_EACH.match(message):
            return False
        file = Path(record.pathname)
        is_hidden = file.name in _HIDDEN and 'mmengine' in file.parts
        return not is_hidden or message.startswith(_SHOWN_STARTS)


class AboveBars(DummyTqdmFile):
    """Standard output, whose lines go above a bar and not behind it; pycocotools prints such lines.

    It equals the stream that it wraps: tqdm clears its bars for the two standard streams alone.
    """

    def __eq__(self, other: object) -> bool:
        return self._wrapped is getattr(other, '_wrapped', other)

    def __hash__(self) -> int:
        return hash(self._wrapped)


def quiet_terminal(logger: logging.Logger) -> None:
    """Leave configs, environment and tables of hooks to the log file.

    Args:
        logger: mmengine's, whose handlers are the terminal and the file.
    """
    for index, handler in enumerate(logger.handlers):
        if type(handler) is logging.StreamHandler:
            terminal = Terminal(handler.stream)
            terminal.setLevel(handler.level)
            logger.handlers[index] = terminal


def terminal_of(logger: logging.Logger) -> Terminal | None:
    """Where :func:`quiet_terminal` was called, the terminal."""
    return next((own for own in logger.handlers if isinstance(own, Terminal)), None)
