"""What a format is read as, before anything is written: classes, pictures, and the marks on them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np

from seg.text_classifier.candidates import split_candidates

#: What folders are called that hold the pictures of a data set, and nothing more is said by it.
IMAGE_FOLDERS = frozenset(
    ('image', 'images', 'img', 'imgs', 'jpegimages', 'photos', 'pics', 'pictures')
)
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
_NEUTRAL = frozenset(('', 'set', *IMAGE_FOLDERS, *_SPLIT_WORDS))
_YEAR = re.compile(r'(?:19|20)\d\d$')  # of COCO's train2017


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

    def index(self, name: str, file: Path | None = None) -> int:
        """Index of a name, a new one if it was not met before.

        Args:
            name: The name, with synonyms after commas.
            file: Where it stands, for the error.

        Raises:
            ValueError: If it is none, see :func:`~seg.text_classifier.candidates.split_candidates`.
        """
        try:
            candidates = frozenset(split_candidates(name))
        except ValueError as error:
            raise ValueError(str(error) if file is None else f'{file}: {error}') from None
        index = self._index.setdefault(candidates, len(self.names))
        if index == len(self.names):
            self.names.append(name.strip())
        return index


def short_names(classes: Sequence[str]) -> list[str]:
    """The first word of each class; where several have it, all words of each.

    Args:
        classes: Names with their synonyms, ``'car,cars'``.
    """
    first = [words.split(',')[0].strip() for words in classes]
    count = Counter(map(str.lower, first))
    return [
        word if count[word.lower()] == 1 else words
        for word, words in zip(first, classes, strict=True)
    ]


class Picture(NamedTuple):
    """A picture of the source.

    Attributes:
        name: Its file in the prepared data set, below ``images/{split}``; no other picture has it.
        file: Where it is.
        split: 'train', 'val' or 'test'; None where the source does not say.
        record: What its marks are read from, as the format needs it; can be pickled, and holds what JSON
            holds, paths and tuples, and no sets of words, which are in another order in each run.
        size: (height, width) that the source declares; None where it declares none.
        is_upright: Whether its labels are drawn on it as its EXIF tag turns it, and not on the pixels as they
            are stored, where their size does not tell. None: nobody knows.
    """

    name: str
    file: Path
    split: str | None
    record: Any
    size: tuple[int, int] | None = None
    is_upright: bool | None = False


class Mark(NamedTuple):
    """Pixels of a picture that are of one class.

    Attributes:
        label: Index of the class.
        mask: bool [H, W], of the size that the labels have.
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


#: Reads the marks of a picture; those that are not of pixels themselves are drawn at a size (height, width).
#: Raises ValueError or OSError, in one line, for what cannot be read. A function or a partial, whose arguments
#: are as those of ``Picture.record``.
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

    The innermost counts, but a folder that says more than that, ``train_station``, only where no other
    names a split.
    """
    named = [(folder, split) for folder in path.parts[:-1] if (split := split_named(folder))]
    alone = [split for folder, split in named if says_nothing(folder)]
    chosen = alone or [split for _, split in named]
    return chosen[-1] if chosen else None


@cache
def split_named(name: str) -> str | None:
    """The split of which the name of a folder or a file has a word, as ``train2017`` and ``images_val`` do.

    None if it has none, or those of several.
    """
    words = re.findall(r'[^\W\d_]+', name.lower())
    found = {_SPLIT_WORDS[word] for word in words if word in _SPLIT_WORDS}
    return found.pop() if len(found) == 1 else None


@cache
def says_nothing(folder: str) -> bool:
    """Whether the name of a folder says ``images``, a split or both, and nothing more but a year."""
    words = [_YEAR.sub('', word) for word in re.split(r'[\W_]+', folder.lower())]
    return any(words) and all(word in _NEUTRAL for word in words)
