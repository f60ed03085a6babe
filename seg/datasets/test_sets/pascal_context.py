"""Pascal Context's released label maps: a ``.mat`` a picture, and ``labels.txt`` that names the numbers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg.panoptic.label_image import read_numbers
from seg.panoptic.void import VOID_LABEL
from seg.runtime.image_files import read_image_header

_PARENTS = ('', 'VOC2010', 'VOCdevkit/VOC2010')
_LABELS = ('labels.txt', 'trainval/labels.txt')
#: The released lists of the validation pictures. The last is VOC 2010's own, which Pascal Context follows;
#: that of VOC's segmentation task has other pictures.
LISTS = (
    'ImageSets/SegmentationContext/val.txt',
    'pascalcontext_val.txt',
    'ImageSets/Main/val.txt',
)
_WHERE = (
    "give the folder of VOC 2010 in which JPEGImages and Pascal Context's trainval and labels.txt lie; "
    'docs/en/zero_shot.md says where they come from'
)


class PascalContext:
    """The validation pictures, with the classes of a vocabulary.

    Args:
        raw: Folder of VOC 2010 in which ``trainval`` and ``labels.txt`` lie too, or one that has it.
        names: Pascal Context's own names of the classes, as in ``labels.txt``, in their order. The
            other labels are void.
        list_file: Names of the pictures, one a line. Defaults to None: the first of ``LISTS``.

    Raises:
        FileNotFoundError: If a file or folder is missing.
        ValueError: If a text file has another form, or no number for a class.
    """

    def __init__(self, raw: Path, names: Sequence[str], list_file: Path | None = None) -> None:
        self.root = next(
            (raw / parent for parent in _PARENTS if (raw / parent / 'JPEGImages').is_dir()), raw
        )
        for folder in ('JPEGImages', 'trainval'):
            if not (self.root / folder).is_dir():
                raise FileNotFoundError(f'{self.root / folder} does not exist; {_WHERE}')
        self._classes = _class_of_label(self._released(_LABELS, 'labels.txt'), names)
        self.source = list_file or self._released(LISTS, 'the list of validation pictures')
        self.names = _listed(self.source)
        files = {
            'picture': [self._picture_file(name) for name in self.names],
            'label map': [self._label_file(name) for name in self.names],
        }
        for kind, paths in files.items():
            missing = [path for path in paths if not path.is_file()]
            if missing:
                raise FileNotFoundError(
                    f'{len(missing):,} of the {len(paths):,} pictures that {self.source} names '
                    f'have no {kind}, such as {missing[0]}'
                )

    def picture(self, name: str) -> bytes:
        """The released JPEG itself.

        Raises:
            FileNotFoundError: If it is no longer there.
        """
        return self._picture_file(name).read_bytes()

    def labels(self, name: str) -> np.ndarray:
        """Class of each pixel, int32 [H, W], negative for void.

        Raises:
            ValueError: If the label map is damaged, is not as large as its picture, or has a number that
                ``labels.txt`` does not name.
        """
        path = self._label_file(name)
        numbers = read_numbers(path, variable='LabelMap')
        size = read_image_header(self._picture_file(name)).size
        if numbers.shape[::-1] != size:
            raise ValueError(f'{path} is {numbers.shape[::-1]}, its picture {size}')
        strange = [n for n in np.unique(numbers).tolist() if n not in self._classes]
        if strange:
            raise ValueError(f'{path} has the number {strange[0]}, which labels.txt does not name')
        table = np.full(max(self._classes) + 1, VOID_LABEL, np.int32)
        table[list(self._classes)] = list(self._classes.values())
        return table[numbers]

    def _picture_file(self, name: str) -> Path:
        return self.root / 'JPEGImages' / f'{name}.jpg'

    def _label_file(self, name: str) -> Path:
        return self.root / 'trainval' / f'{name}.mat'

    def _released(self, places: Sequence[str], what: str) -> Path:
        for place in places:
            if (self.root / place).is_file():
                return self.root / place
        raise FileNotFoundError(
            f'{what} is not in {self.root}, looked for as {", ".join(places)}; {_WHERE}'
            + (', or name the list with --list' if places is LISTS else '')
        )


def _class_of_label(file: Path, names: Sequence[str]) -> dict[int, int]:
    """The class of each number, ``VOID_LABEL`` for 0 and for those that are no class."""
    numbers: dict[str, int] = {}
    for line in file.read_text(errors='replace').splitlines():
        number, _, name = line.partition(':')
        if not line.strip():
            continue
        if not number.strip().isdecimal() or not name.strip():
            raise ValueError(f'{file} has the line {line[:60]!r}, expected such as "2: aeroplane"')
        if numbers.setdefault(_squeezed(name), int(number)) != int(number):
            raise ValueError(f'{file} names {name.strip()!r} twice')
    missing = [name for name in names if _squeezed(name) not in numbers]
    if missing:
        raise ValueError(
            f'{file} does not name {len(missing)} of the {len(names)} classes, such as '
            f'{missing[0]!r}; expected the labels.txt of all 459 labels'
        )
    classes = {0: VOID_LABEL} | dict.fromkeys(numbers.values(), VOID_LABEL)
    return classes | {numbers[_squeezed(name)]: label for label, name in enumerate(names)}


def _squeezed(name: str) -> str:
    """A name without the spaces, which copies of ``labels.txt`` do not have alike."""
    return ''.join(name.lower().split())


def _listed(file: Path) -> list[str]:
    if not file.is_file():
        raise FileNotFoundError(f'list {file} does not exist')
    names = file.read_text(errors='replace').split('\n')
    names = [name.strip() for name in names if name.strip()]
    strange = [name for name in names if not name.replace('_', '').isalnum()]
    if strange or not names:
        raise ValueError(
            f'{file} has {f"the line {strange[0][:60]!r}" if strange else "no line"}, expected names '
            'of pictures, such as 2008_000002, one a line'
        )
    return sorted(set(names))
