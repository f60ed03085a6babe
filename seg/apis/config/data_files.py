"""The files that a config reads its data from, and the classes that they must have."""

from pathlib import Path

from mmengine.config import Config

from seg.apis.config.classifier import vocabulary_from_config
from seg.apis.config.data_roots import datasets_on_disk
from seg.datasets.ade20k.layout import SplitFiles
from seg.text_classifier.vocabulary import Vocabulary


def data_files(cfg: Config) -> dict[Path, list[SplitFiles]]:
    """The parts of the data sets in each folder; files that two dataloaders read are named once.

    Args:
        cfg: A config whose folders ``find_data_roots`` has resolved.

    Raises:
        ValueError: If a dataset has no classes.
    """
    found: dict[Path, dict[tuple, SplitFiles]] = {}
    for loader, dataset in datasets_on_disk(cfg):
        prefix = dataset.get('data_prefix') or {}
        files = (dataset.get('ann_file', ''), prefix.get('img', ''), prefix.get('seg', ''))
        if not files[0]:
            continue  # images without annotations
        split = SplitFiles(loader.removesuffix('_dataloader'), *files, _vocabulary(dataset))
        found.setdefault(Path(dataset.data_root), {}).setdefault(files, split)
    return {root: list(splits.values()) for root, splits in found.items()}


def _vocabulary(dataset: dict) -> Vocabulary:
    return vocabulary_from_config(Config(dict(train_dataloader=dict(dataset=dataset))))
