"""The classes of a data set, or those that a person typed: one form for all of them."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

import ext.class_names
from seg.text_classifier.candidates import split_candidates
from seg.text_classifier.naming import classifier_name

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Vocabulary:
    """C classes, things first.

    Attributes:
        dataset_name: Names the data set in the classifier's file name.
        classes: C class names, each with its synonyms (``'bed,beds'``).
        num_things: Number of things, the first ones; None where the data set does not tell.
        category_names: The data set's own names of the classes, those in its annotation files; empty
            where there are none but the first synonyms.
        palette: One RGB colour a class, or none.
        unseen: Classes that training does not see.
    """

    dataset_name: str
    classes: tuple[str, ...]
    num_things: int | None = None
    category_names: tuple[str, ...] = ()
    palette: tuple[RGB, ...] = ()
    unseen: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: str | ModuleType | Vocabulary) -> Vocabulary:
        """A vocabulary from the place that has it.

        Args:
            source: The name of a file in ``ext/class_names``, of any module that can be imported
                (``'my_project.names'``), such a module, or a vocabulary.

        Raises:
            ValueError: If there is no such module, it names no classes, or what it names does not fit.
        """
        if isinstance(source, Vocabulary):
            return source
        if not isinstance(source, (str, ModuleType)):
            raise ValueError(
                f'vocabulary is {source!r}, expected the name of a file in ext/class_names or of a module'
            )
        return cls.from_module(_module(source) if isinstance(source, str) else source)

    @classmethod
    def from_module(cls, module: ModuleType) -> Vocabulary:
        """The classes that a module names.

        It has ``DATASET_NAME``, ``THINGS`` and ``STUFF``, and, if they are known, ``NAMES`` (the data
        set's own), ``PALETTE`` and ``UNSEEN``; see :class:`Vocabulary`.

        Raises:
            ValueError: If one of the first three is not there, a list of names is none, lengths
                differ, ``UNSEEN`` names others, or ``DATASET_NAME`` cannot be part of a file's name.
        """
        missing = [key for key in ('DATASET_NAME', 'THINGS', 'STUFF') if not hasattr(module, key)]
        if missing:
            raise ValueError(f'{module.__name__} names no classes: it has no {", ".join(missing)}')
        things, stuff, names, unseen = (
            _names(module, key) for key in ('THINGS', 'STUFF', 'NAMES', 'UNSEEN')
        )
        classes = (*things, *stuff)
        try:
            classifier_name('model', module.DATASET_NAME)  # the file's name holds it
            palette = _colours(getattr(module, 'PALETTE', ()))
        except ValueError as error:
            raise ValueError(f'{module.__name__}: {error}') from None
        for key, values in (('NAMES', names), ('PALETTE', palette)):
            if values and len(values) != len(classes):
                raise ValueError(
                    f'{key} of {module.__name__} has {len(values)} entries for {len(classes)} classes'
                )
        strange = [name for name in unseen if name not in classes]
        if strange:
            raise ValueError(
                f'UNSEEN of {module.__name__} names {strange[0]!r}, which is none of its classes'
            )
        return cls(module.DATASET_NAME, classes, len(things), names, palette, frozenset(unseen))

    @classmethod
    def from_metainfo(cls, metainfo: Mapping[str, Any], dataset_name: str) -> Vocabulary:
        """The classes of a data set's ``metainfo``, as mmdet's data sets and ours have it.

        Raises:
            ValueError: If it has no ``classes``.
        """
        classes = metainfo.get('classes')
        if not classes or isinstance(classes, str):
            raise ValueError(f"{dataset_name} has no metainfo['classes']")
        things = metainfo.get('thing_classes')
        if things is not None and tuple(things) != tuple(classes)[: len(things)]:
            things = None  # the first classes are not those
        try:
            palette = _colours(metainfo.get('palette') or ())
        except ValueError:  # of another form, such as 'random'; only ours need colours
            palette = ()
        return cls(
            dataset_name,
            tuple(classes),
            None if things is None else len(things),
            tuple(metainfo.get('category_names') or ()),
            palette if len(palette) == len(classes) else (),
            frozenset(metainfo.get('unseen_classes') or ()),
        )

    @classmethod
    def from_words(
        cls, things: Sequence[str], stuff: Sequence[str] = (), dataset_name: str = 'words'
    ) -> Vocabulary:
        """The classes that a person typed, each with its synonyms."""
        return cls(dataset_name, (*things, *stuff), len(things))

    @property
    def things(self) -> tuple[str, ...]:
        """The classes that are things; all of them where nobody tells."""
        return self.classes[: self.num_things]

    @property
    def stuff(self) -> tuple[str, ...]:
        """The classes that are stuff."""
        return self.classes[len(self.things) :]

    @property
    def metainfo(self) -> dict[str, Any]:
        """As mmdet's data sets have it."""
        info: dict[str, Any] = {'classes': self.classes}
        if self.num_things is not None:
            info |= {'thing_classes': self.things, 'stuff_classes': self.stuff}
        for key, value in (
            ('category_names', self.category_names),
            ('palette', self.palette),
            ('unseen_classes', tuple(name for name in self.classes if name in self.unseen)),
        ):
            if value:
                info[key] = value
        return info

    def first_names(self) -> tuple[str, ...]:
        """The first synonym of each class."""
        return tuple(split_candidates(name)[0] for name in self.classes)

    def words_digest(self) -> str:
        """Six hexadecimal digits that other words, or another order of them, do not have."""
        return hashlib.sha256('\n'.join(self.classes).encode()).hexdigest()[:6]

    def renamed(self, dataset_name: str) -> Vocabulary:
        """The same classes under the name of another data set."""
        return replace(self, dataset_name=dataset_name)


def seen_classes(classes: Sequence[str], trained_on: Sequence[str]) -> tuple[bool, ...]:
    """Which classes training has seen: those with a candidate that is one of a training class.

    FC-CLIP's rule (arXiv 2308.02487).

    Args:
        classes: C class names, each with its synonyms.
        trained_on: The class names of training.
    """
    known = {word for name in trained_on for word in split_candidates(name)}
    return tuple(not known.isdisjoint(split_candidates(name)) for name in classes)


def known_vocabularies() -> Iterator[Vocabulary]:
    """Those of the files in ``ext/class_names``, in the order of the files' names."""
    for name in _file_names():
        known = _of_file(name)
        if known is not None:
            yield known


def find_vocabulary(dataset_name: str) -> Vocabulary | None:
    """The one of a file in ``ext/class_names`` that has this ``DATASET_NAME``."""
    found = (known for known in known_vocabularies() if known.dataset_name == dataset_name)
    return next(found, None)


@cache
def _of_file(name: str) -> Vocabulary | None:
    module = _module(name)
    return Vocabulary.from_module(module) if hasattr(module, 'DATASET_NAME') else None


def _module(name: str) -> ModuleType:
    full = f'{ext.class_names.__name__}.{name}' if name in _file_names() else name
    if full in sys.modules:
        return sys.modules[full]
    try:
        found = importlib.util.find_spec(full)
    except (ImportError, ValueError):  # of a part before a dot, or a name that is relative
        found = None
    if found is None:
        raise ValueError(
            f'vocabulary {name!r} is neither a file of ext/class_names ({", ".join(_file_names())}) '
            'nor a module that can be imported; write my_names for my_names.py, and put its folder '
            'on PYTHONPATH'
        )
    try:
        return importlib.import_module(full)
    except (Exception, SystemExit) as error:  # the module may do anything
        reason = f'{type(error).__name__}: {error}'
        raise ValueError(f'cannot import vocabulary {name!r}, {found.origin}: {reason}') from None


def _names(module: ModuleType, key: str) -> tuple[str, ...]:
    names = getattr(module, key, ())
    if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
        raise ValueError(
            f'{key} of {module.__name__} is {str(names)[:60]!r}, expected a tuple of names, such as '
            "('sky,clouds',)"
        )
    return tuple(names)


def _file_names() -> list[str]:
    return sorted(info.name for info in pkgutil.iter_modules(ext.class_names.__path__))


def _colours(palette: Sequence[Sequence[int]]) -> tuple[RGB, ...]:
    try:
        colours = tuple((int(red), int(green), int(blue)) for red, green, blue in palette)
    except (TypeError, ValueError):
        raise ValueError('PALETTE needs one (red, green, blue) a class, from 0 to 255') from None
    if any(not 0 <= value <= 255 for colour in colours for value in colour):
        raise ValueError('PALETTE needs one (red, green, blue) a class, from 0 to 255')
    return colours
