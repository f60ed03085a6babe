"""What a config asks for that cannot be built, in one line for the person who wrote it."""

import difflib
import re
from pathlib import Path
from traceback import walk_tb
from types import FrameType

from mmdet import registry as mmdet
from mmengine.registry import Registry

from seg import registry as seg

_UNKNOWN = re.compile(r'^(\S+) is not in the (\S+)::(.+?) registry')


def explain_build_error(error: Exception) -> str | None:
    """One line about an error that was raised while something of a config was built.

    Args:
        error: As it was caught.

    Returns:
        The line; None if nothing was being built, and the error is not the config's.
    """
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    constructor = next((frame for frame in frames if _chooses_optimizer(frame)), None)
    if constructor is not None and 'None is not a callable' in str(error):
        return _unknown_type(constructor.f_locals['optimizer_cfg']['type'], 'optimizer')
    builds = [frame for frame in frames if frame.f_code.co_name == 'build_from_cfg']
    if constructor is not None and not builds[1:]:
        builds = [constructor]
    if not builds:
        return _explain_runner_error(error, frames)
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    unknown = _UNKNOWN.match(text)
    if unknown:
        return _unknown_type(unknown[1], unknown[3])
    locals_ = builds[-1].f_locals
    kind = locals_.get('obj_type') or getattr(
        locals_.get('self'), 'optimizer_cfg', {'type': 'a part'}
    ).get('type')
    name = kind if isinstance(kind, str) else getattr(kind, '__name__', repr(kind))
    *_, (last, line) = walk_tb(error.__traceback__)
    place = f'{Path(last.f_code.co_filename).name}, line {line}'
    reason = ' '.join(text.split()) or place
    return f'the config sets {name} to what it does not take: {reason} ({type(error).__name__} in {place})'


def _explain_runner_error(error: Exception, frames: list[FrameType]) -> str | None:
    """The line about what the Runner refuses before it builds anything."""
    last = frames[-1] if frames else None
    name = last.f_code.co_name.lstrip('_') if last else ''
    if not (
        name.startswith(('build_', 'check_'))
        and last.f_globals.get('__name__', '').startswith('mmengine.runner')
    ):
        return None
    reason = ' '.join(str(error).split())[:300]
    return f'the config cannot be run: {reason}'


def _chooses_optimizer(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_name == '__call__' and code.co_filename.endswith('default_constructor.py')


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
