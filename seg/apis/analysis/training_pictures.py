"""Training samples as the model gets them, drawn."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from mmdet.models.utils import mask2ndarray
from mmdet.structures.bbox import BaseBoxes
from mmengine.config import Config
from mmengine.runner import set_random_seed
from torch.utils.data import Dataset

from seg.apis.config.data_roots import find_data_roots
from seg.apis.config.read import config_name, section
from seg.panoptic.panoptic_map import instance_offset
from seg.panoptic.segmentation import Segmentation
from seg.panoptic.void import VOID_CLASS
from seg.registry import DATASETS, VISUALIZERS


def training_data(cfg: Config) -> Dataset:
    """The training dataset of a config, with its pipeline; augmentations begin from the config's seed.

    Raises:
        ValueError: If the config has none.
        FileNotFoundError: If its folder does not exist.
    """
    dataset = section(cfg, 'train_dataloader.dataset')
    if not dataset:
        raise ValueError(f'{config_name(cfg)} has no train_dataloader.dataset')
    find_data_roots(cfg, ('train_dataloader',))
    set_random_seed(section(cfg, 'randomness').get('seed') or 0)
    return DATASETS.build(dataset)


def drawn_samples(cfg: Config, dataset: Any, count: int) -> Iterator[tuple[str, np.ndarray]]:
    """The first samples of a dataset, drawn.

    Args:
        cfg: The config, whose visualizer draws what has no panoptic truth.
        dataset: Its training dataset.
        count: How many.

    Yields:
        The picture's file, and the picture, uint8 [H, W, 3] in BGR.
    """
    visualizer = None
    for number in range(count):
        packed = dataset[number]
        sample = packed['data_samples']
        image = packed['inputs'].permute(1, 2, 0).numpy().astype(np.uint8)
        if 'thing_classes' in dataset.metainfo and 'gt_sem_seg' in sample:
            yield sample.img_path, draw_panoptic(image, sample, dataset.metainfo)
            continue
        if visualizer is None:
            visualizer = VISUALIZERS.build(
                {'name': 'training_pictures', **cfg.visualizer, 'vis_backends': None}
            )
            visualizer.dataset_meta = dataset.metainfo
        visualizer.add_datasample('', image[..., ::-1], _as_arrays(sample), draw_pred=False)
        yield sample.img_path, visualizer.get_image()[..., ::-1]


def draw_panoptic(image: np.ndarray, sample: Any, metainfo: dict) -> np.ndarray:
    """A picture with the segments of its truth.

    Args:
        image: uint8 [H, W, 3] in BGR.
        sample: mmdet's, with ``gt_sem_seg``, and ``gt_instances`` of things.
        metainfo: The dataset's ``classes`` and ``thing_classes``.

    Returns:
        uint8 [H', W', 3] in BGR, enlarged if it is small.
    """
    classes, num_things = metainfo['classes'], len(metainfo['thing_classes'])
    panoptic = sample.gt_sem_seg.sem_seg[0].numpy().astype(np.int64)
    panoptic[panoptic == VOID_CLASS] = len(classes)
    instances = sample.gt_instances
    offset = instance_offset(len(classes))
    for number, (label, mask) in enumerate(
        zip(instances.labels.tolist(), instances.masks.masks, strict=True), start=1
    ):
        panoptic[mask.astype(bool)] = label + number * offset
    return Segmentation.from_mmdet(image, panoptic, {}, classes, num_things).draw()


def _as_arrays(sample: Any) -> Any:
    """A sample as mmdet's visualizer takes it."""
    sample = sample.numpy()
    instances = sample.gt_instances
    if isinstance(instances.get('bboxes'), BaseBoxes):
        instances.bboxes = instances.bboxes.tensor
    if 'masks' in instances:
        instances.masks = mask2ndarray(instances.masks).astype(bool)
    return sample
