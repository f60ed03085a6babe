"""The folders that a config reads its data from."""

from collections.abc import Collection, Iterator
from pathlib import Path

from mmengine.config import Config, ConfigDict

from seg.datasets.ade20k.layout import find_ade_root
from seg.datasets.data_root import expand_data_root

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def set_data_root(cfg: Config, folder: str) -> None:
    """Let all datasets of a config read from one folder."""
    for _, dataset in datasets_on_disk(cfg):
        dataset.data_root = folder


def expand_data_roots(cfg: Config) -> None:
    """Put the environment into the folders that a config names, see :func:`expand_data_root`."""
    if 'data_root' in cfg:
        cfg.data_root = expand_data_root(cfg.data_root)
    for _, dataset in datasets_on_disk(cfg):
        dataset.data_root = expand_data_root(dataset.data_root)


def find_data_roots(cfg: Config, loaders: Collection[str] = LOADERS) -> list[Path]:
    """See that the data folders exist, and write them into the config as they were found.

    A folder that contains ``ADEChallengeData2016`` stands for that folder, and ``~`` for the home.

    Args:
        cfg: The config.
        loaders: Whose folders have to exist. Defaults to all.

    Returns:
        The folders, each once.

    Raises:
        FileNotFoundError: If one does not exist.
    """
    found: dict[Path, None] = {}
    for loader, dataset in datasets_on_disk(cfg):
        root = find_ade_root(dataset.data_root)
        if loader not in loaders:
            continue
        if not root.is_dir():
            raise FileNotFoundError(
                f'{loader}.dataset.data_root {root} does not exist; put the data set there, or name '
                f'its folder with --cfg-options data_root=FOLDER or, for ADE20K, $ADE20K_ROOT'
            )
        dataset.data_root = str(root)
        found[root] = None
    return list(found)


def datasets_on_disk(cfg: Config) -> Iterator[tuple[str, ConfigDict]]:
    """The datasets that have a ``data_root``, each with its loader; wrapped and joined ones too."""
    for loader in LOADERS:
        outermost = (cfg.get(loader) or {}).get('dataset')
        waiting = [outermost] if outermost else []
        while waiting:
            dataset = waiting.pop(0)
            if 'data_root' in dataset:
                yield loader, dataset
            waiting += [dataset['dataset']] if 'dataset' in dataset else []
            waiting += dataset.get('datasets', ())
