"""Joint training on several datasets, with one vocabulary."""

from collections.abc import Iterator, Sequence

from mmdet.datasets import ConcatDataset

from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.registry import DATASETS
from seg.text_classifier.merge import merge_vocabularies
from seg.text_classifier.vocabulary import Vocabulary


@DATASETS.register_module()
class ConcatOVDataset(ConcatDataset):
    """Datasets one after the other, their labels those of the merged vocabulary.

    The vocabularies are merged by :func:`merge_vocabularies`. ``dataset_name`` is
    ``Concat_A_B``, or A where all of them have the same name and classes. ``metainfo`` has
    ``classes`` (things first), ``thing_classes``, ``stuff_classes``, ``palette`` and
    ``dataset_name``.

    Args:
        datasets (Sequence[dict | PanopticOVDataset]): The datasets or their configs; wrappers
            (``RepeatDataset``, ``ClassBalancedDataset``, ``ConcatDataset``) may be around them.
        lazy_init (bool): Whether to leave the annotations unread. Defaults to False.

    Raises:
        ValueError: If there are none, or one has no things and stuff to be merged.
    """

    def __init__(self, datasets: Sequence, lazy_init: bool = False) -> None:
        if not datasets:
            raise ValueError('ConcatOVDataset joins no datasets')
        self.datasets = [_build(dataset) for dataset in datasets]
        self.ignore_keys = []
        leaves = [leaf for dataset in self.datasets for leaf in _leaves(dataset)]
        self.vocabulary, label_maps = merge_vocabularies([_vocabulary(leaf) for leaf in leaves])
        for leaf, label_map in zip(leaves, label_maps, strict=True):
            leaf.relabel(label_map)
        self.dataset_name = self.vocabulary.dataset_name
        self._metainfo = {**self.vocabulary.metainfo, 'dataset_name': self.dataset_name}
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()


def _build(dataset):
    """Build a dataset lazily; inside of wrappers too, whatever the default scope is."""
    if not isinstance(dataset, dict):
        return dataset
    built = {**dataset, 'lazy_init': True}
    if 'dataset' in dataset:
        built['dataset'] = _build(dataset['dataset'])
    if 'datasets' in dataset:
        built['datasets'] = [_build(part) for part in dataset['datasets']]
    return DATASETS.build(built)


def _leaves(dataset) -> Iterator[PanopticOVDataset]:
    """The datasets within the wrappers."""
    if isinstance(dataset, PanopticOVDataset):
        yield dataset
        return
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    for part in inner:
        if part is None:
            raise ValueError(
                f'ConcatOVDataset joins datasets of class names with synonyms (PanopticOVDataset), '
                f'got {type(dataset).__name__}'
            )
        yield from _leaves(part)


def _vocabulary(dataset: PanopticOVDataset) -> Vocabulary:
    metainfo = dataset.metainfo
    things, stuff = (tuple(metainfo.get(f'{kind}_classes', ())) for kind in ('thing', 'stuff'))
    if things + stuff != tuple(metainfo.get('classes', ())):
        raise ValueError(
            f'{dataset.dataset_name} has {len(metainfo.get("classes", ()))} classes, but '
            f'{len(things)} thing_classes and {len(stuff)} stuff_classes; to be joined, its '
            'classes must be its thing_classes and then its stuff_classes'
        )
    return Vocabulary.from_metainfo(metainfo, dataset.dataset_name)
