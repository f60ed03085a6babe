"""A source in one of the formats that people have, and what they say of it."""

import importlib
import pkgutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import ModuleType

from seg.datasets.own import formats
from seg.datasets.own.class_file import FILE as CLASS_FILE
from seg.datasets.own.files import damaged_json
from seg.datasets.own.names import one_class
from seg.datasets.own.source import (
    Picture,
    Settings,
    Source,
    SourceClass,
    says_nothing,
    split_named,
)
from seg.text_classifier.candidates import split_candidates, split_classes


def format_names() -> list[str]:
    """Names of the formats, which are the files of :mod:`seg.datasets.own.formats`."""
    return sorted(info.name for info in pkgutil.iter_modules(formats.__path__))


def read_source(path: Path, settings: Settings, format_name: str | None = None) -> Source:
    """Read classes and pictures of a source; the marks are read later.

    Args:
        path: A folder, or a file where the format has one.
        settings: What a person says of it.
        format_name: One of :func:`format_names`. Defaults to None: that which the content shows.

    Raises:
        FileNotFoundError: If something is not there.
        ValueError: If no format fits, or several do, it has no classes or no pictures, two classes cannot be
            told apart, or the file of the classes cannot hold a name.
    """
    if not path.exists():
        raise FileNotFoundError(f'source {path} does not exist')
    if format_name is None:
        found = [name for name in format_names() if _module(name).detect(path)]
        if len(found) != 1:
            fitting = f'several formats fit, {" and ".join(found)}' if found else 'no format fits'
            for file in [] if found else damaged_json(path)[:1]:
                fitting += f', and {file} is no whole JSON file'
            raise ValueError(
                f'{path}: {fitting}; name it with --format, one of {", ".join(format_names())}'
            )
        format_name = found[0]
    elif format_name not in format_names():
        raise ValueError(f'format {format_name!r} is none of {", ".join(format_names())}')
    source = _module(format_name).read(path, settings)
    if not source.classes or not source.pictures:
        missing = 'pictures with labels' if source.classes else 'classes'
        reason = f'; {source.odd[0]}' if source.odd else ''
        raise ValueError(f'{path} has no {missing}{reason}')
    try:
        odd = _read_names(source.classes)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None
    pictures = _with_names_of_their_own(source.pictures)
    return replace(source, pictures=pictures, odd=(*source.odd, *odd))


def with_things(source: Source, things: Sequence[str] | None) -> Source:
    """The source, each of its classes a thing or stuff.

    Args:
        source: The source.
        things: Names of those that are things; the others are stuff. None: as the source says, and where it
            says nothing, stuff.

    Raises:
        ValueError: If a name is of no class; lists the classes.
    """
    if things is None:
        said = all(own.is_thing is not None for own in source.classes)
        odd = (
            () if said else (f'{source.format} does not say what is a thing; --things names them',)
        )
        return replace(
            source,
            classes=tuple(own._replace(is_thing=bool(own.is_thing)) for own in source.classes),
            odd=(*source.odd, *odd),
        )
    found = {index for name in things for index in _meant(name, source.classes)}
    return replace(
        source,
        classes=tuple(
            own._replace(is_thing=index in found) for index, own in enumerate(source.classes)
        ),
    )


def _meant(name: str, classes: Sequence[SourceClass]) -> list[int]:
    """Indices of the classes that a name of ``--things`` means: those called so, else those of its words."""
    wanted = set(split_candidates(name))
    called = [i for i, own in enumerate(classes) if wanted == set(split_candidates(own.name))]
    found = called or [
        i for i, own in enumerate(classes) if wanted <= set(split_candidates(own.words))
    ]
    if len(found) == 1:
        return found
    if found:
        several = ' and '.join(classes[index].name for index in found)
        raise ValueError(f'--things names {name!r}, a word of {several}; give their names')
    known = ', '.join(own.name for own in classes)
    raise ValueError(f'--things names {name!r}; the classes are {known}')


def _read_names(classes: Sequence[SourceClass]) -> list[str]:
    """See that classes can be told apart and stand in ``classes.txt``; what is odd about their names."""
    split_classes([own.words for own in classes])
    for own in classes:
        with suppress(ValueError):
            if split_candidates(one_class(own.words)) == split_candidates(own.words):
                continue
        raise ValueError(
            f'class {own.words!r} would be another one in {CLASS_FILE}; rename it, without semicolons, '
            'without brackets or quotes around it, and without a number in front'
        )
    return [
        f'class {own.name}: has several words, parted by a comma, / or _or_; each stands for the class'
        for own in classes
        if len(split_candidates(own.name)) > 1
    ]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f'{formats.__name__}.{name}')


def _with_names_of_their_own(pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
    """Pictures without the folders ``images`` and that of the split in front, where they stay distinct.

    Of those that differ in the suffix alone the later have it in their name: ``a.png`` beside ``a.jpg``
    becomes ``a_png.png``, as each has a PNG of its name.
    """
    shorter = tuple(own._replace(name=_short_name(own)) for own in pictures)
    kept = pictures if any(_is_taken(shorter)) else shorter
    taken = _is_taken(kept)
    return tuple(
        own._replace(name=_with_suffix_in_stem(own.name)) if again else own
        for own, again in zip(kept, taken, strict=True)
    )


def _short_name(picture: Picture) -> str:
    *folders, file = picture.name.split('/')
    while folders and says_nothing(folders[0]) and split_named(folders[0]) in (None, picture.split):
        del folders[0]
    return '/'.join((*folders, file))


def _is_taken(pictures: Sequence[Picture]) -> list[bool]:
    """Whether an earlier picture has the name of each, but for the suffix, in a split that may be the same."""
    splits: dict[str, set[str | None]] = {}
    found = []
    for picture in pictures:
        others = splits.setdefault(str(PurePosixPath(picture.name).with_suffix('')), set())
        found.append(bool(others & {picture.split, None} or (others and picture.split is None)))
        others.add(picture.split)
    return found


def _with_suffix_in_stem(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(f'{path.stem}_{path.suffix[1:]}{path.suffix}'))
