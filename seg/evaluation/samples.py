"""What is true and what is predicted of a sample."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from seg.panoptic.label_image import read_labels
from seg.panoptic.panoptic_map import PanopticMap, from_mmdet, from_segment_ids
from seg.panoptic.png import read_panoptic_png
from seg.panoptic.void import VOID_LABEL


def predicted_map(sample: Mapping[str, Any], num_classes: int) -> PanopticMap:
    """What the model predicts.

    Args:
        sample: It has ``pred_panoptic_seg``, in mmdet's encoding.
        num_classes: Number of classes.

    Raises:
        ValueError: If it has not.
    """
    if 'pred_panoptic_seg' not in sample:
        raise ValueError(
            "the model's samples have no pred_panoptic_seg: set panoptic_on=True in its test_cfg"
        )
    prediction = sample['pred_panoptic_seg']
    return from_mmdet(
        prediction['sem_seg'].cpu().numpy()[0], num_classes, prediction.get('ignore_index')
    )


def true_map(sample: Mapping[str, Any], num_things: int, *, listed_areas: bool) -> PanopticMap:
    """What the annotations say. A segment of a negative category is void.

    Args:
        sample: It has ``seg_map_path`` and ``segments_info``.
        num_things: Number of things, the first of the classes.
        listed_areas: Whether the areas of the segments are those that the annotations list, where they
            list them; else they are counted in pixels.

    Raises:
        ValueError: If it lacks either, or the PNG has segments that are not listed; names the file.
        FileNotFoundError: If the PNG does not exist.
    """
    missing = [key for key in ('seg_map_path', 'segments_info') if sample.get(key) is None]
    if missing:
        raise ValueError(
            f'the samples lack {" and ".join(missing)}: add them to the meta_keys of '
            'PackDetInputs in the test pipeline, and give the dataset data_prefix["seg"]; where '
            'nothing is annotated, name a folder for the predictions: test_evaluator.write_dir'
        )
    path, segments = sample['seg_map_path'], sample['segments_info']
    ids = read_panoptic_png(path)
    void = [segment['id'] for segment in segments if segment['category'] < 0]
    ids[np.isin(ids, void)] = 0
    segments = [segment for segment in segments if segment['category'] >= 0]
    areas = None
    if listed_areas and all('area' in segment for segment in segments):
        areas = {segment['id']: segment['area'] for segment in segments}
    try:
        return from_segment_ids(
            ids,
            {segment['id']: segment['category'] for segment in segments},
            [segment['id'] for segment in segments if _is_crowd(segment, num_things)],
            areas,
        )
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None


def true_labels(sample: Mapping[str, Any], dataset_meta: Mapping[str, Any]) -> np.ndarray:
    """The true class of each pixel, int [H, W], ``VOID_LABEL`` for void.

    Args:
        sample: It has ``sem_seg_path``, a label image, or the panoptic truth, see :func:`true_map`.
        dataset_meta: The dataset's, with ``label_map`` where there are label images.

    Raises:
        ValueError: If the truth is missing or damaged; names the file.
        FileNotFoundError: If its file does not exist.
    """
    if sample.get('sem_seg_path'):
        if 'label_map' not in dataset_meta:
            raise ValueError("the dataset's metainfo has no label_map to read its label images by")
        return read_labels(sample['sem_seg_path'], dataset_meta['label_map'])
    num_things = len(dataset_meta.get('thing_classes') or ())
    return map_labels(true_map(sample, num_things, listed_areas=False))


def map_labels(panoptic: PanopticMap) -> np.ndarray:
    """The class of each pixel of a panoptic map, int [H, W], ``VOID_LABEL`` for void; crowds count."""
    return np.append(VOID_LABEL, panoptic.classes)[panoptic.indices]


def _is_crowd(segment: Mapping[str, Any], num_things: int) -> bool:
    by_mmdet = segment['category'] < num_things and not segment['is_thing']
    return segment.get('is_crowd', by_mmdet)
