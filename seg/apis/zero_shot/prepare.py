"""The released files of a test set to where its config looks for them."""

from pathlib import Path
from typing import NamedTuple

from seg.apis.zero_shot.test_sets import find_test_sets
from seg.datasets.data_root import expand_data_root
from seg.datasets.test_sets.ade20k_full import ADE20KFull
from seg.datasets.test_sets.layout import Layout, Released, write_test_set
from seg.datasets.test_sets.pascal_context import PascalContext
from seg.text_classifier.vocabulary import Vocabulary

#: Where Pascal Context's released files are looked for.
DEFAULT_CONTEXT = 'data/VOCdevkit/VOC2010'


class Prepared(NamedTuple):
    """What was done.

    Attributes:
        root: Folder of the prepared test set.
        images: Number of its pictures.
        written: Number of files written; 0 if all were there.
        source: What named the pictures.
    """

    root: Path
    images: int
    written: int
    source: Path


def prepare_test_set(
    name: str,
    raw: str | None = None,
    *,
    list_file: str | None = None,
    workers: int = 1,
    force: bool = False,
) -> Prepared:
    """Make a test set of ``configs/test_sets`` of its released files.

    Args:
        name: 'pc59', 'pc459' or 'ade20k_full'.
        raw: Folder of the released files. Defaults to VOC 2010's, or to where ADE20K's full release is
            looked for.
        list_file: Names of Pascal Context's validation pictures, one a line. Defaults to the released one.
        workers: Processes.
        force: Whether to make anew what is there.

    Raises:
        FileNotFoundError: If a released folder or file is missing.
        ValueError: If a file is damaged or has what it must not have; names it.
    """
    (test_set,) = find_test_sets([name])
    dataset = test_set.cfg.test_dataloader.dataset
    root = Path(expand_data_root(dataset.data_root)).expanduser()
    layout = Layout(
        root / dataset.data_prefix['img'],
        root / dataset.data_prefix['seg'],
        dataset.get('seg_suffix', '.png'),
    )
    names = Vocabulary.of(dataset.vocabulary).category_names
    released: Released
    if name == 'ade20k_full':
        if list_file is not None:
            raise ValueError('--list is for Pascal Context; ADE20K has its pictures in its index')
        released = ADE20KFull(Path(raw) if raw else root, names)
    else:
        listed = Path(list_file) if list_file else None
        released = PascalContext(Path(raw or DEFAULT_CONTEXT), names, listed)
    written = write_test_set(released, layout, workers=workers, force=force)
    return Prepared(root, len(released.names), written, released.source)
