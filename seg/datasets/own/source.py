"""What a format is read as, before anything is written: classes, pictures, and the marks on them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np

from seg.text_classifier.candidates import split_candidates

#: Words for a split in the names of folders and files; pictures of a test split are left out.
_SPLIT_WORDS = {
    'train': 'train',
    'training': 'train',
    'val': 'val',
    'valid': 'val',
    'validation': 'val',
    'test': 'test',
    'testing': 'test',
}


class SourceClass(NamedTuple):
    """A class of the source.

    Attributes:
        name: As the source has it.
        words: Its name and synonyms for the text classifier, ``'car,cars'``.
        is_thing: Whether it is a thing; None where the source does not say.
        color: RGB; None where the source has none.
    """

    name: str
    words: str
    is_thing: bool | None = None
    color: tuple[int, int, int] | None = None


class ClassNames:
    """Class names in the order in which they are met; those of the same words are one class.

    Attributes:
        names: The names as they were met first.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._index: dict[frozenset[str], int] = {}

    def index(self, name: str) -> int:
        """Index of a name, a new one if it was not met before.

        Raises:
            ValueError: If it is none, see :func:`~seg.text_classifier.candidates.split_candidates`.
        """
        index = self._index.setdefault(frozenset(split_candidates(name)), len(self.names))
        if index == len(self.names):
            self.names.append(name.strip())
        return index


class Picture(NamedTuple):
    """A picture of the source.

    Attributes:
        name: Its file in the prepared data set, below ``images/{split}``; no other picture has it.
        file: Where it is.
        split: 'train', 'val' or 'test'; None where the source does not say.
        record: What its marks are read from, as the format needs it; can be pickled, and holds what JSON
            holds, paths and tuples, and no sets of words, which are in another order in each run.
    """

    name: str
    file: Path
    split: str | None
    record: Any


class Mark(NamedTuple):
    """Pixels of a picture that are of one class.

    Attributes:
        label: Index of the class.
        mask: bool [H, W].
        is_crowd: Whether it stands for several objects that nobody told apart.
        is_semantic: Whether it is all there is of its class, be it one object or several.
    """

    label: int
    mask: np.ndarray
    is_crowd: bool = False
    is_semantic: bool = False


class Marks(NamedTuple):
    """The marks of a picture, and what is odd about them, a few words each."""

    marks: list[Mark]
    odd: list[str]


class Settings(NamedTuple):
    """What a person says of a source beside its folder.

    Attributes:
        images: Folder of the pictures; None where the format says where they are.
        names: File or list of names, see :mod:`~seg.datasets.own.names`; None where the source has them.
    """

    images: Path | None = None
    names: str | None = None


#: Reads the marks of a picture of a size (height, width). Raises ValueError or OSError, in one line, for
#: what cannot be read. A function or a partial, whose arguments are as those of ``Picture.record``.
ReadMarks = Callable[[Picture, tuple[int, int]], Marks]


@dataclass(frozen=True)
class Source:
    """A data set in somebody's format.

    Attributes:
        format: Name of the format.
        classes: Its classes.
        pictures: Its pictures, with a mark or without.
        read_marks: Reads a picture's marks.
        odd: What is odd about it as a whole, a line each.
    """

    format: str
    classes: tuple[SourceClass, ...]
    pictures: tuple[Picture, ...]
    read_marks: ReadMarks
    odd: tuple[str, ...] = field(default=())


def split_of(path: PurePath) -> str | None:
    """The split that a folder of a file's path names, 'train', 'val' or 'test'.

    The innermost counts, but a folder that has further words, ``train_station``, only where no folder is
    a split's alone, ``val2017``.
    """
    found = [(folder, split_named(folder)) for folder in path.parts[:-1]]
    splits = [(folder, split) for folder, split in found if split is not None]
    alone = [split for folder, split in splits if len(_words(folder)) == 1]
    chosen = alone or [split for _, split in splits]
    return chosen[-1] if chosen else None


def split_named(name: str) -> str | None:
    """The split of which the name of a folder or a file has a word, as ``train2017`` and ``images_val`` do.

    None if it has none, or those of several.
    """
    found = {_SPLIT_WORDS[word] for word in _words(name) if word in _SPLIT_WORDS}
    return found.pop() if len(found) == 1 else None


def _words(name: str) -> list[str]:
    return re.findall(r'[^\W\d_]+', name.lower())
