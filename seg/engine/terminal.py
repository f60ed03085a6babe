"""What a person sees of a training or a test; the log file has everything."""

import logging
from pathlib import Path

#: Files of mmengine that write of configs, environment and hooks, and of each checkpoint.
_HIDDEN = frozenset(('runner.py', 'checkpoint_hook.py'))
#: What is for people in these files, and what is not in others.
_SHOWN_STARTS = ('The best checkpoint',)
_HIDDEN_STARTS = ('paramwise_options', 'Exp name', 'Name of parameter')
#: What mmengine says of itself, which no reader can mend.
_NOISE = (
    *('will be deprecated', 'is the alias of', 'It is expected to be called'),
    *('is skipped since its requires_grad=False', 'make sure that the mlflow server'),
)
#: Of a message; longer tables are in the file.
_MOST_LINES = 40


class TerminalFilter(logging.Filter):
    """Lets through progress, results, what our own files say, and warnings."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a message is for people."""
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            return not any(noise in message for noise in _NOISE)
        if message.count('\n') > _MOST_LINES or message.lstrip().startswith(_HIDDEN_STARTS):
            return False
        file = Path(record.pathname)
        is_hidden = file.name in _HIDDEN and 'mmengine' in file.parts
        return not is_hidden or message.startswith(_SHOWN_STARTS)


def quiet_terminal(logger: logging.Logger) -> None:
    """Leave configs, environment and tables of hooks to the log file.

    Args:
        logger: mmengine's, whose handlers are the terminal and the file.
    """
    for handler in logger.handlers:
        is_file = isinstance(handler, logging.FileHandler)
        if not is_file and not any(isinstance(own, TerminalFilter) for own in handler.filters):
            handler.addFilter(TerminalFilter())
