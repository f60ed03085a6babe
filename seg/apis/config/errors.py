"""Where in a config file an error lies, for the person who wrote it."""

import linecache
import traceback
from pathlib import Path


def describe_config_error(error: Exception) -> str:
    """What a config raised while it was read: file, line and cause, in one line.

    Args:
        error: As caught around ``Config.fromfile``, whichever of the config's bases raised it.
    """
    # Python's own text of a SyntaxError has the line again, and a file that is not the config.
    cause = ' '.join(str(getattr(error, 'msg', error)).split())
    if not cause and isinstance(error, RuntimeError):  # mmengine's, which says no more
        cause = 'a config may name what it imports, not call it'
    cause = f'{type(error).__name__}: {cause}' if cause else type(error).__name__
    file, line = _place(error)
    if file is None:
        return cause
    if line is None:
        return f'{file}: {cause}'
    code = linecache.getline(file, line).strip()
    return f'{file}, line {line}{f" ({code})" if code else ""}: {cause}'


def _place(error: Exception) -> tuple[str | None, int | None]:
    frames = list(traceback.walk_tb(error.__traceback__))
    for frame, line in reversed(frames):  # the last one: a config executes its bases first
        if frame.f_code.co_name == '<module>':
            return frame.f_code.co_filename, line
    # Not one of the config's lines: the file could not be parsed, or it is not there. mmengine's
    # functions and the parsers name neither; the functions have the file as an argument.
    for frame, _ in reversed(frames):
        file = frame.f_locals.get('filename')
        if isinstance(file, (str, Path)) and Path(file).is_file():
            mark = getattr(error, 'problem_mark', None)  # YAML counts lines from 0
            return str(file), mark.line + 1 if mark else getattr(error, 'lineno', None)
    return None, None
