"""ADE20K's full release, in which a picture's classes are those of its index, 3,688 names."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from seg.datasets.test_sets.plain_pickle import read_plain_pickle
from seg.panoptic.void import VOID_LABEL
from seg.runtime.image_files import read_image, read_image_header

FOLDER = 'ADE20K_2021_17_01'
INDEX = 'index_ade20k.pkl'
_IMAGES = 'images/ADE/validation'
#: Larger pictures are measured at this shorter side, as papers do since MaskFormer.
SHORTER_SIDE = 512


class ADE20KFull:
    """The validation pictures of ``ADE20K_2021_17_01``, with the classes of a vocabulary.

    Args:
        raw: That folder, or one that has it.
        names: The index's own names of the classes, in their order. Other objects are void.

    Raises:
        FileNotFoundError: If a file or folder is missing.
        ValueError: If the index is none, or does not name a class exactly once.
    """

    def __init__(self, raw: Path, names: Sequence[str]) -> None:
        root = raw / FOLDER if (raw / FOLDER).is_dir() else raw
        for path in (root / _IMAGES, root / INDEX):
            if not path.exists():
                raise FileNotFoundError(
                    f'{path} does not exist; give the unpacked folder {FOLDER}, which has images/ADE '
                    f'and {INDEX}; docs/en/zero_shot.md says where it comes from'
                )
        self.source = root / INDEX
        objects, listed = _read_index(self.source)
        self._classes = _class_of_object(self.source, objects, names)
        self._files = _pictures(root / _IMAGES, listed)
        self.names = sorted(self._files)
        missing = [_segmentation(path) for path in self._files.values()]
        missing = [path for path in missing if not path.is_file()]
        if missing:
            raise FileNotFoundError(
                f'{len(missing):,} of the {len(self.names):,} pictures have no label image, such as '
                f'{missing[0]}'
            )

    def picture(self, name: str) -> bytes:
        """The released JPEG, or a smaller one, see ``SHORTER_SIDE``.

        Raises:
            FileNotFoundError: If it is no longer there.
            UnreadableImageError: If it is damaged.
        """
        path = self._files[name]
        size = read_image_header(path).size
        if _smaller(size) == size:
            return path.read_bytes()
        image = cv2.resize(read_image(path), _smaller(size), interpolation=cv2.INTER_LINEAR)
        content = io.BytesIO()
        Image.fromarray(image[..., ::-1]).save(content, format='JPEG')
        return content.getvalue()

    def labels(self, name: str) -> np.ndarray:
        """Class of each pixel, int32 [H, W], negative for void.

        Raises:
            ValueError: If the label image is damaged, is not as large as its picture, or has a number that
                is beyond the index.
        """
        path = _segmentation(self._files[name])
        try:
            with Image.open(path) as image:
                mode, colours = image.mode, np.asarray(image)
        except (OSError, SyntaxError, ValueError) as error:  # PIL's, for damaged files
            raise ValueError(f'{path} cannot be read: {error}') from None
        if mode not in ('RGB', 'RGBA'):
            raise ValueError(f'{path} has the colours {mode}, expected RGB')
        size = read_image_header(self._files[name]).size
        if colours.shape[1::-1] != size:
            raise ValueError(f'{path} is {colours.shape[1::-1]}, its picture {size}')
        numbers = colours[..., 0].astype(np.int32) // 10 * 256 + colours[..., 1]
        if numbers.max() >= len(self._classes):
            raise ValueError(
                f'{path} has the object {numbers.max()}; the index names {len(self._classes) - 1}'
            )
        classes = self._classes[numbers]
        return cv2.resize(classes, _smaller(size), interpolation=cv2.INTER_NEAREST)


def _read_index(file: Path) -> tuple[list[str], list[str]]:
    """The names of the objects, in the order of their numbers, and of all pictures."""
    index = read_plain_pickle(file)
    found = []
    for key in ('objectnames', 'filename'):
        words = index.get(key) if isinstance(index, dict) else None
        words = [str(word) for word in words] if isinstance(words, (list, np.ndarray)) else []
        if not words:
            raise ValueError(f'{file} has no list {key!r}; expected the index of {FOLDER}')
        found.append(words)
    return found[0], found[1]


def _class_of_object(file: Path, objects: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """The class of each number of a label image: 0 is nothing, n the n-th name of the index."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(objects):
        places.setdefault(_plain(name), []).append(place)
    classes = np.full(len(objects) + 1, VOID_LABEL, np.int32)
    for label, name in enumerate(names):
        found = places.get(_plain(name), [])
        if len(found) > 1:  # capitals or commas alone tell them apart
            found = [place for place in found if objects[place] == name] or found
        if len(found) != 1:
            raise ValueError(
                f'{file} names {name!r} {f"{len(found)} times" if found else "nowhere"}, so that '
                f'its class is not known; expected the index of {FOLDER}'
            )
        classes[found[0] + 1] = label
    return classes


def _plain(name: str) -> str:
    return ' '.join(re.findall(r'[a-z0-9]+', name.lower()))


def _pictures(folder: Path, listed: Sequence[str]) -> dict[str, Path]:
    """The file of each validation picture that the index lists."""
    wanted = {Path(name).stem for name in listed if name.startswith('ADE_val_')}
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob('*.jpg')):
        if found.setdefault(path.stem, path) != path:
            raise ValueError(f'{found[path.stem]} and {path} have the same name')
    missing = sorted(wanted - set(found))
    if missing or not wanted:
        raise FileNotFoundError(
            f'{len(missing):,} of the {len(wanted):,} validation pictures that {INDEX} lists are not '
            f'in {folder}' + (f', such as {missing[0]}.jpg' if missing else '')
        )
    return {name: found[name] for name in sorted(wanted)}


def _segmentation(picture: Path) -> Path:
    return picture.with_name(f'{picture.stem}_seg.png')


def _smaller(size: tuple[int, int]) -> tuple[int, int]:
    shorter = min(size)
    if shorter <= SHORTER_SIDE:
        return size
    width, height = (round(side / shorter * SHORTER_SIDE) for side in size)
    return width, height
