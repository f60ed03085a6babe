"""Cityscapes' own files: ``leftImg8bit``, and ``gtFine`` with a PNG of instance ids a picture."""

import re
from pathlib import Path

import numpy as np

from ext.class_names import cityscapes
from seg.datasets.own.files import files_below
from seg.datasets.own.pictures import PictureFinder, picture_files
from seg.datasets.own.source import Mark, Marks, Picture, Settings, Source, SourceClass, split_of
from seg.panoptic.label_image import read_numbers

NAME = 'cityscapes'
#: Label id and colour of each class of ``ext/class_names/cityscapes.py``, from cityscapesScripts.
_LABELS = (
    (24, (220, 20, 60)),
    (25, (255, 0, 0)),
    (26, (0, 0, 142)),
    (27, (0, 0, 70)),
    (28, (0, 60, 100)),
    (31, (0, 80, 100)),
    (32, (0, 0, 230)),
    (33, (119, 11, 32)),
    (7, (128, 64, 128)),
    (8, (244, 35, 232)),
    (11, (70, 70, 70)),
    (12, (102, 102, 156)),
    (13, (190, 153, 153)),
    (17, (153, 153, 153)),
    (19, (250, 170, 30)),
    (20, (220, 220, 0)),
    (21, (107, 142, 35)),
    (22, (152, 251, 152)),
    (23, (70, 130, 180)),
)
_LABEL_OF = {number: index for index, (number, _) in enumerate(_LABELS)}
#: Label ids that Cityscapes has and does not evaluate; a licence plate is -1, in a PNG 255 or 65535.
_VOID = frozenset((*range(7), 9, 10, 14, 15, 16, 18, 29, 30, 255, 65535))
_PER_CLASS = 1000
#: The file beside ``gtFine`` in which CVAT's exports say what their ids are.
_OWN_CLASSES = 'label_colors.txt'
_FILE = re.compile(r'(.+?)(?:_gt[A-Za-z]*)?_(instanceIds|labelIds)')


def detect(source: Path) -> bool:
    """Whether it holds ``gtFine`` with a PNG of instance or label ids."""
    return any(_FILE.fullmatch(file.stem) for file in files_below(source / 'gtFine', {'.png'}))


def read(source: Path, settings: Settings) -> Source:
    """PNGs of instance ids, or of label ids where there is none, and pictures in ``leftImg8bit``.

    Raises:
        FileNotFoundError: If the folder of the pictures does not exist.
        ValueError: If the classes are not Cityscapes' own.
    """
    if (source / _OWN_CLASSES).is_file():
        raise ValueError(
            f'{source / _OWN_CLASSES} has classes that may not be those of Cityscapes; export as '
            '"Segmentation mask", or remove it if their ids are those of Cityscapes'
        )
    folder, images = source / 'gtFine', settings.images or source / 'leftImg8bit'
    finder = PictureFinder(images, picture_files(images))
    labels: dict[Path, dict[str, Path]] = {}
    odd: list[str] = []
    for file in files_below(folder, {'.png'}):
        match = _FILE.fullmatch(str(file.relative_to(folder).with_suffix('')))
        if match and labels.setdefault(Path(match[1]), {}).setdefault(match[2], file) != file:
            odd.append(f'{file.relative_to(folder)}: left out: another of this picture is there')
    found: list[Picture] = []
    for base, files in labels.items():
        picture = finder.find(f'{base}_leftImg8bit') or finder.find(str(base))
        if picture is None:
            odd.append(f'{base}: {finder.absence(str(base))}')
            continue
        name = picture.relative_to(images)
        is_instances = 'instanceIds' in files
        file = files['instanceIds' if is_instances else 'labelIds']
        if not is_instances:
            odd.append(f'{name}: no instanceIds; the objects are those of labelIds')
        record = file, is_instances
        found.append(Picture(name.as_posix(), picture, split_of(name) or split_of(base), record))
    things = len(cityscapes.THINGS)
    classes = tuple(
        SourceClass(words.split(',')[0], words, index < things, color)
        for index, (words, (_, color)) in enumerate(
            zip((*cityscapes.THINGS, *cityscapes.STUFF), _LABELS, strict=True)
        )
    )
    return Source(NAME, classes, tuple(found), _marks, tuple(odd))


def _marks(picture: Picture, _size: tuple[int, int]) -> Marks:
    file, is_instances = picture.record
    ids = read_numbers(file)
    marks, strange = [], []
    for number in np.unique(ids).tolist():
        is_object = is_instances and number >= _PER_CLASS and number not in _VOID
        own = number // _PER_CLASS if is_object else number
        label = _LABEL_OF.get(own)
        if label is not None:
            is_group = is_instances and not is_object and label < len(cityscapes.THINGS)
            marks.append(Mark(label, ids == number, is_group, not (is_object or is_group)))
        elif own not in _VOID:
            strange.append(str(number))
    odd = [f'ids {", ".join(strange[:5])} are none of Cityscapes, void now'] if strange else []
    return Marks(marks, odd)
