"""The layout that own data are prepared in, which tells all that training asks of it.

FOLDER/classes.txt                names and synonyms, to be edited
FOLDER/panoptic_{train,val}.json  annotations; info.dataset_name, categories with synonyms and colours
FOLDER/panoptic_{train,val}/      panoptic PNGs
FOLDER/images/{train,val}/        pictures
FOLDER/report.txt                 what was odd about the source
FOLDER/browse.html                the page of the data
FOLDER/preparation.json           what they are made of, and how
"""

from pathlib import Path
from typing import TypedDict

import msgspec

from seg.datasets.own.class_file import FILE as CLASS_FILE
from seg.datasets.own.class_file import ClassEntry, read_class_file
from seg.runtime.project_files import how_to_run
from seg.text_classifier.vocabulary import Vocabulary

SPLITS = ('train', 'val')
REPORT = 'report.txt'
PAGE = 'browse.html'
RECORD = 'preparation.json'


class _Info(TypedDict):
    dataset_name: str


class _Category(TypedDict):
    id: int
    name: str
    isthing: int | bool
    synonyms: list[str]
    color: tuple[int, int, int]


class _Described(TypedDict):
    info: _Info
    categories: list[_Category]


_DECODER = msgspec.json.Decoder(_Described)


def annotation_file(folder: Path, split: str) -> Path:
    """The annotations of a split, 'train' or 'val'; the PNGs are in the folder of the same name."""
    return folder / f'panoptic_{split}.json'


def is_prepared(folder: Path) -> bool:
    """Whether a folder has the annotations of both splits."""
    return all(annotation_file(folder, split).is_file() for split in SPLITS)


def read_vocabulary(folder: Path) -> Vocabulary:
    """The classes of prepared data: those of the annotations, in the words of ``classes.txt``.

    Its ``dataset_name`` ends in a digest of the words, so that a text classifier made of other words
    has another name.

    Raises:
        FileNotFoundError: If the folder holds no prepared data; names the command that prepares it.
        ValueError: If the annotations do not describe themselves, or the text file does not fit them.
    """
    file = annotation_file(folder, 'val')
    if not is_prepared(folder):
        raise FileNotFoundError(
            f'{folder} holds no prepared data (panoptic_train.json, panoptic_val.json); make them with '
            f'{how_to_run("tools/prepare_data.py")} SOURCE OUT'
        )
    try:
        content = _DECODER.decode(file.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f'{file} does not describe its data: {error}; prepare it with {how_to_run("tools/prepare_data.py")}, or give the config '
            'a vocabulary'
        ) from None
    categories = sorted(content['categories'], key=lambda own: (not own['isthing'], own['id']))
    entries = [
        ClassEntry(own['id'], ','.join((own['name'], *own['synonyms'])), bool(own['isthing']))
        for own in categories
    ]
    words = folder / CLASS_FILE
    if words.is_file():
        entries = read_class_file(words, entries)
    vocabulary = Vocabulary(
        content['info']['dataset_name'],
        tuple(entry.words for entry in entries),
        sum(entry.is_thing for entry in entries),
        tuple(own['name'] for own in categories),
        tuple(own['color'] for own in categories),
    )
    return vocabulary.renamed(f'{vocabulary.dataset_name}-{vocabulary.words_digest()}')
