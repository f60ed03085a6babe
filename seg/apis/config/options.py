"""``--cfg-options KEY=VALUE``: what they mean, and how they change a config."""

import ast
import difflib
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from mmengine.config import Config

from seg.apis.config.type_parameters import type_parameters

# What our own tools read at the top of a config; the rest are parameters of mmengine's Runner.
_TOP = {'data_root', 'default_scope', 'ema_hook', 'templates', 'text_model'}
# What mmengine reads of any part, beside the parameters of its type.
_ANYWHERE = {'_delete_', '_scope_', 'priority'}
_PLAIN = (str, int, float, bool, type(None), dict)
_WORDS = {'true': True, 'false': False}


def apply_option(cfg: Config, option: str) -> str:
    """Change a config; warns about a key that neither the config nor what it builds knows.

    Args:
        cfg: The config.
        option: ``KEY=VALUE``. The key has dots, and numbers for the elements of a list; for the
            value see :func:`parse_value`.

    Returns:
        The key.

    Raises:
        ValueError: If the option has no ``=`` or does not fit the config.
    """
    key, equals, text = option.partition('=')
    if not equals or not all(key.split('.')):
        raise ValueError(f'--cfg-options takes KEY=VALUE, got {option!r}')
    try:
        value = parse_value(text)
        _check(cfg, key, value)
        cfg.merge_from_dict({key: value})
    except (TypeError, KeyError, ValueError) as error:
        reason = error.args[0] if error.args else error
        raise ValueError(f'--cfg-options {option!r} does not fit the config: {reason}') from None
    return key


def parse_value(text: str) -> Any:
    """The value of an option: Python literals, else the string as it stands, spaces and all.

    As in mmengine, words need no quotes, ``1,2`` and ``[1,2]`` are lists and ``(1,2)`` is a tuple,
    which hold values of the same kind; ``true`` and ``false`` will do. Quotes keep a comma or a
    number in a string: ``"'a, b'"``.

    Raises:
        ValueError: If a bracket that it begins with is not closed.
    """
    stripped = text.strip()
    end = _closes_at(stripped) if stripped[:1] in ('(', '[') else -1
    if end is None:
        raise ValueError(f'the bracket that {text!r} begins with is not closed')
    if end == len(stripped) - 1 > 0:
        values = [parse_value(part.strip()) for part in _split(stripped[1:-1])]
        return values if stripped[0] == '[' else tuple(values)
    parts = _split(text)
    if len(parts) > 1 or text.endswith(','):
        return [parse_value(part.strip()) for part in parts]
    return _scalar(text)


def _scalar(text: str) -> Any:
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    else:
        if isinstance(value, _PLAIN):
            return value
    for number in (int, float):  # what Python's grammar does not have: 007, inf
        try:
            return number(text)
        except ValueError:
            continue
    return _WORDS.get(text.strip().lower(), text)


def _split(text: str) -> list[str]:
    """Cut at the commas that are outside brackets and quoted strings; one at the end adds nothing."""
    parts, start = [], 0
    for index, char, depth in _outside_quotes(text):
        if char == ',' and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return parts + ([text[start:]] if text[start:].strip() else [])


def _closes_at(text: str) -> int | None:
    """Where the bracket that ``text`` begins with is closed."""
    return next(
        (i for i, char, depth in _outside_quotes(text) if char in ')]}' and not depth), None
    )


def _outside_quotes(text: str) -> Iterator[tuple[int, str, int]]:
    """Characters outside quoted strings, with their index and how many brackets are open after them.

    A quote opens a string where a value begins; elsewhere it is an apostrophe.
    """
    quote, depth, begins = '', 0, True
    for index, char in enumerate(text):
        if quote:
            quote = '' if char == quote and text[index - 1] != '\\' else quote
            continue
        if char in '\'"' and begins and char in text[index + 1 :]:
            quote = char
            continue
        depth += (char in '([{') - (char in ')]}')
        begins = char in '([{,:' or (begins and char.isspace())
        yield index, char, depth


def _check(cfg: Config, key: str, value: Any) -> None:
    """See that an option finds its place, and that its value is of the kind that is there."""
    node: Any = cfg._cfg_dict
    place = 'the config'
    for part in key.split('.'):
        if isinstance(node, dict):
            if part not in node:
                if not _is_parameter(node, part, is_top=node is cfg._cfg_dict):
                    _warn(cfg, key, f'{place} has no {part!r}')
                return
            node = node[part]
        elif isinstance(node, list) and part.isdecimal():
            if int(part) >= len(node):
                raise ValueError(f'{place} has {len(node)} elements, counted from 0')
            node = node[int(part)]
        else:
            raise ValueError(f'{place} is a {type(node).__name__} and has no {part!r}')
        place = part if place == 'the config' else f'{place}.{part}'
    if isinstance(node, (bool, int, float)) and isinstance(value, str):
        wanted = 'true or false' if isinstance(node, bool) else 'a number'
        raise ValueError(f'{key} is {node!r} and takes {wanted}')
    if isinstance(node, dict) and isinstance(value, (bool, int, float, str)):
        raise ValueError(
            f'{key} is a dict; give its keys, such as {key}.{next(iter(node), "type")}'
        )


def _is_parameter(node: dict, name: str, *, is_top: bool) -> bool:
    if is_top:
        from mmengine.runner import Runner

        return name in _TOP or name in type_parameters(Runner)
    return 'type' in node and name in _ANYWHERE | type_parameters(node['type'])


def _warn(cfg: Config, key: str, reason: str) -> None:
    known = list(_keys(cfg._cfg_dict))
    last = key.rpartition('.')[2]
    near = difflib.get_close_matches(key, known, n=3, cutoff=0.75)
    near += [name for name in known if name.endswith(f'.{last}')]
    hint = f'; did you mean {" or ".join(list(dict.fromkeys(near))[:3])}?' if near else ''
    warnings.warn(f'--cfg-options {key}: {reason}, so it may change nothing{hint}', stacklevel=4)


def _keys(node: Any, prefix: str = '') -> Iterator[str]:
    """The keys of a config, with dots, without importing what it names."""
    children: Iterable = ()
    if isinstance(node, dict):
        children = dict.items(node)
    elif isinstance(node, (list, tuple)):
        children = enumerate(node)
    for name, child in children:
        yield f'{prefix}{name}'
        yield from _keys(child, f'{prefix}{name}.')
