"""What a config asks for that cannot be built, in one line for the person who wrote it."""

import difflib
import re
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any

from mmdet import registry as mmdet
from mmengine.registry import Registry

from seg import registry as seg

_UNKNOWN = re.compile(r'^(\S+) is not in the \S+::(.+?) registry')


def explain_build_error(error: Exception) -> str | None:
    """One line about an error that was raised while something of a config was built.

    Args:
        error: As it was caught.

    Returns:
        The line; None if nothing was being built, and the error is not the config's.
    """
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    built = [kind for frame in frames if (kind := _being_built(frame)) is not None]
    if not built:
        return _explain_runner_error(error, frames)
    if 'None is not a callable' in str(
        error
    ):  # what mmengine makes of an optimizer it does not know
        return _unknown_type(built[-1], 'optimizer')
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    unknown = _UNKNOWN.match(text)
    if unknown:
        return _unknown_type(unknown[1], unknown[2])
    name = built[-1] if isinstance(built[-1], str) else getattr(built[-1], '__name__', built[-1])
    *_, (last, line) = walk_tb(error.__traceback__)
    place = f'{Path(last.f_code.co_filename).name}, line {line}'
    reason = ' '.join(text.split()) or 'no reason given'
    return f'the config sets {name} to what it does not take: {reason} ({type(error).__name__} in {place})'


def _being_built(frame: FrameType) -> Any:
    """The ``type``, a name or a class, that mmengine builds in a frame; None where it builds nothing."""
    code = frame.f_code
    if code.co_name == 'build_from_cfg':
        return frame.f_locals.get('obj_type', 'a part without a type')
    if code.co_name == '__call__' and code.co_filename.endswith('default_constructor.py'):
        return frame.f_locals.get('optimizer_cfg', {}).get('type')
    return None


def _explain_runner_error(error: Exception, frames: list[FrameType]) -> str | None:
    """The line about what the Runner refuses before it builds anything."""
    if not frames:
        return None
    name = frames[-1].f_code.co_name.lstrip('_')
    module = frames[-1].f_globals.get('__name__', '')
    if not (name.startswith(('build_', 'check_')) and module.startswith('mmengine.runner')):
        return None
    reason = ' '.join(str(error).split())[:300]
    return f'the config cannot be run: {reason}'


def _unknown_type(name: str, kind: str) -> str:
    near = difflib.get_close_matches(name.rpartition('.')[2], _names(kind), n=2)
    hint = f'; near it: {", ".join(near)}' if near else ''
    return (
        f'the config names the {kind} {name!r}, which is not registered{hint}; '
        "a class of your own is found with custom_imports=dict(imports=['its.module'])"
    )


def _names(kind: str) -> set[str]:
    """Names that are registered for a kind: ours, mmdet's and mmengine's."""
    families = [x for x in (*vars(mmdet).values(), *vars(seg).values()) if isinstance(x, Registry)]
    names: set[str] = set()
    for registry in families:
        while registry is not None and registry.name == kind:
            names.update(registry.module_dict)
            registry = registry.parent
    return names
