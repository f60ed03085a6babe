"""Where the files of a data set in ADE20K's layout are."""

import os
from pathlib import Path
from typing import NamedTuple

from seg.datasets.data_root import expand_data_root
from seg.text_classifier.vocabulary import Vocabulary

FOLDER = 'ADEChallengeData2016'
DEFAULT_ROOT = f'${{ADE20K_ROOT:-data/{FOLDER}}}'
#: Each split with the folder of its images.
SPLITS = (('train', 'training'), ('val', 'validation'))


class SplitFiles(NamedTuple):
    """The files of a part of a data set, relative to its folder.

    Attributes:
        name: E.g. 'train'.
        annotations: Its JSON.
        images: Folder of its images.
        pngs: Folder of its panoptic PNGs.
        vocabulary: What its categories must be; None for that of any data set that we know.
    """

    name: str
    annotations: str
    images: str
    pngs: str
    vocabulary: Vocabulary | None = None


ADE_FILES = tuple(
    SplitFiles(split, f'ade20k_panoptic_{split}.json', f'images/{name}', f'ade20k_panoptic_{split}')
    for split, name in SPLITS
)


def find_ade_root(given: str | os.PathLike | None = None) -> Path:
    """The folder that holds ``images`` and the panoptic files.

    Args:
        given: That folder, or one that contains ``ADEChallengeData2016``. Defaults to the
            environment's ``ADE20K_ROOT``, else to ``data/ADEChallengeData2016``.

    Returns:
        The folder; whether it exists is not checked.
    """
    root = Path(expand_data_root(given or DEFAULT_ROOT)).expanduser()
    return root / FOLDER if (root / FOLDER).is_dir() else root
