"""Panoptic quality as a metric of mmengine's validation and test loops."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from seg.evaluation.coco_predictions import (
    checked_category_ids,
    png_name,
    write_annotations,
    write_prediction,
)
from seg.evaluation.panoptic_quality import COLUMNS, class_groups, count_image, summarise
from seg.evaluation.panoptic_results import class_results, write_results
from seg.evaluation.panoptic_table import class_table, group_table
from seg.evaluation.samples import map_labels, predicted_map, true_map
from seg.evaluation.semantic_iou import class_pixels, count_pixels, summarise_pixels
from seg.panoptic.panoptic_map import PanopticMap
from seg.registry import METRICS

_FOLDER = 'panoptic'  # within write_dir


@METRICS.register_module()
class PanopticQualityMetric(BaseMetric):
    """PQ, SQ and RQ of all classes, things and stuff, and mean IoUs, in percent.

    Each image is counted as it comes, and its counts alone are kept, so nothing is written to disk
    unless ``write_dir`` asks for it. What the ranks counted is gathered in the order of the dataset,
    which drops the images that the sampler repeats to give all ranks equally many, and makes the
    sums the same to the last bit for any number of ranks.

    The results are ``PQ``, ``SQ`` and ``RQ``, each also with ``_th`` (things) and ``_st`` (stuff),
    and ``mIoU_map``, the mean IoU of the classes in the panoptic maps. The field's ``mIoU`` is that of
    semantic inference, as of :class:`~seg.evaluation.semantic_metric.SemanticIoUMetric`; it is given
    where the samples hold ``pred_sem_seg``. A dataset whose metainfo names ``unseen_classes`` also
    gets ``_seen`` and ``_unseen``.

    The dataset's metainfo holds ``classes``, which begin with ``thing_classes``, and may hold
    ``seg_root``, the folder of the true PNGs, below which ``write_dir`` keeps their folders. The samples hold
    ``pred_panoptic_seg`` in mmdet's encoding, and in their metainfo ``seg_map_path``, the true
    panoptic PNG, and ``segments_info``, as
    :class:`~seg.datasets.panoptic_ov.PanopticOVDataset` gives it, with ``is_crowd`` and ``area`` of
    each segment. :class:`mmdet.datasets.CocoPanopticDataset` keeps neither: then crowds are the
    segments whose class is a thing and whose ``is_thing`` is false, those of stuff count, and areas
    are of pixels. A segment of a negative category is void. Where nothing is annotated (``seg_map_path`` is None), predictions are written to
    ``write_dir`` and there are no results.

    Args:
        classwise (bool): Whether to log a table of all classes, whose IoU is that of the panoptic maps.
            Defaults to False.
        write_dir (str, optional): Folder to write the predictions to in COCO's panoptic format:
            ``panoptic.json``, and the PNGs in ``panoptic/``. With several machines, one that they
            share. Defaults to None, nothing is written.
        results_file (str, optional): JSON file for the results, by name, and the qualities and counts
            of each class. Defaults to None, no file is written.
        category_ids (Sequence[int], optional): The category id of each class, for ``write_dir``.
            Defaults to the metainfo's ``category_ids``, those of the loaded annotations.
        areas (str): The areas of true segments: 'annotations', those that the annotations list, as
            panopticapi takes them, or 'pixels'. They differ where the annotations are not exact.
            Defaults to 'annotations'.
        collect_device (str): 'gpu' gathers the counts by collective communication, with gloo and
            CPUs too; 'cpu' through files in the working directory, which machines then must share.
            Defaults to 'gpu'.
        prefix (str, optional): Put before the names of the results, with a '/'. Defaults to None.
    """

    default_prefix = ''

    def __init__(
        self,
        classwise: bool = False,
        write_dir: str | PathLike | None = None,
        results_file: str | PathLike | None = None,
        category_ids: Sequence[int] | None = None,
        areas: str = 'annotations',
        collect_device: str = 'gpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.classwise = classwise
        self.write_dir = None if write_dir is None else Path(write_dir).expanduser()
        self.results_file = None if results_file is None else Path(results_file).expanduser()
        self.category_ids = category_ids
        if areas not in ('annotations', 'pixels'):
            raise ValueError(f"areas is 'annotations' or 'pixels', got {areas!r}")
        self.areas = areas

    @BaseMetric.dataset_meta.setter
    def dataset_meta(self, meta: dict) -> None:
        """Set the dataset's metainfo; mmengine does so while it builds the loop.

        Raises:
            ValueError: If it lacks ``classes`` or ``thing_classes``, the classes do not begin with
                the things, or ``unseen_classes`` or category ids do not fit the classes.
        """
        missing = [key for key in ('classes', 'thing_classes') if key not in meta]
        if missing:
            raise ValueError(f"the dataset's metainfo lacks {' and '.join(missing)}")
        classes, things = tuple(meta['classes']), tuple(meta['thing_classes'])
        if classes[: len(things)] != things:
            raise ValueError(
                "the dataset's classes must begin with its thing_classes, as mmdet's panoptic heads "
                'count them'
            )
        index = {name: label for label, name in enumerate(classes)}
        unseen = meta.get('unseen_classes') or ()
        unknown = [name for name in unseen if name not in index]
        if unknown:
            raise ValueError(
                f'{len(unknown)} unseen_classes are not among the {len(classes)} classes: '
                f'{", ".join(map(repr, unknown[:10]))}'
            )
        self._dataset_meta = meta
        self._num_classes, self._num_things = len(classes), len(things)
        self._unseen = [index[name] for name in unseen]
        if self.write_dir is not None:
            ids = self.category_ids or meta.get('category_ids')
            self._category_ids = checked_category_ids(ids, self._num_classes)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count the images of a batch.

        Args:
            data_batch (dict): Not used.
            data_samples (Sequence[dict]): The samples with their predictions.

        Raises:
            ValueError: If a sample lacks its truth and nothing is written, prediction and truth
                differ in size, or the PNG has segments that are not in ``segments_info``; names the
                file.
            FileNotFoundError: If a PNG does not exist.
        """
        if self.dataset_meta is None:
            raise ValueError('the metric has no dataset_meta; mmengine sets it from the dataset')
        for sample in data_samples:
            pred = predicted_map(sample, self._num_classes)
            is_annotated = self.write_dir is None or sample.get('seg_map_path', '') is not None
            counted, pixels = self._counted(sample, pred) if is_annotated else (None, None)
            annotation = None
            if self.write_dir is not None:
                annotation = write_prediction(
                    self.write_dir / _FOLDER,
                    png_name(sample, self.dataset_meta.get('seg_root')),
                    sample['img_id'],
                    pred,
                    self._category_ids,
                    self._num_things,
                )
            self.results.append((counted, pixels, annotation))

    def compute_metrics(
        self, results: list[tuple[np.ndarray | None, np.ndarray | None, dict | None]]
    ) -> dict[str, float]:
        """Sum the counts of all images, log tables, and write the annotations if asked to.

        Args:
            results (list): What :meth:`process` kept of each image.

        Returns:
            dict: The results by name; none where nothing is annotated.
        """
        if self.write_dir is not None:
            annotations = [annotation for *_, annotation in results if annotation is not None]
            self._write_annotations(self.write_dir, annotations)
        counted = [own for own, *_ in results if own is not None]
        if len(counted) < len(results):
            print_log('Nothing is annotated, so that there is nothing to evaluate', 'current')
            return {}
        classes = self.dataset_meta['classes']
        counts = np.zeros((self._num_classes, len(COLUMNS)))
        for own in counted:
            counts[own[:, 0].astype(int)] += own[:, 1:]
        groups = class_groups(self._num_classes, self._num_things, self._unseen)
        summary = summarise(counts, groups)
        pixels = [own for _, own, _ in results if own is not None]
        if pixels:
            sums = class_pixels(pixels, self._num_classes)
            summary |= summarise_pixels(sums, groups, only_iou=True)
        print_log('Panoptic quality\n' + group_table(summary, counts, groups), logger='current')
        if self.classwise:
            table = class_table(classes, counts, self._num_things, self._unseen)
            print_log('Panoptic quality of each class\n' + table, logger='current')
        if self.results_file is not None:
            write_results(
                self.results_file,
                summary,
                class_results(classes, counts, self._num_things, self._unseen),
            )
            print_log(f'Results written to {self.results_file}', logger='current')
        return summary

    def _counted(self, sample: dict, pred: PanopticMap) -> tuple[np.ndarray, np.ndarray | None]:
        """Counts of the classes that an image has, their index as the first column, and of its pixels."""
        true = true_map(sample, self._num_things, listed_areas=self.areas == 'annotations')
        try:
            counts = count_image(pred, true, self._num_classes)
            pixels = None
            if 'pred_sem_seg' in sample:
                labels = sample['pred_sem_seg']['sem_seg'][0].cpu().numpy()
                pixels = count_pixels(labels, map_labels(true), self._num_classes)
        except ValueError as error:
            raise ValueError(f'{sample["seg_map_path"]}: {error}') from None
        classes = np.flatnonzero(counts.any(axis=1))
        return np.column_stack([classes, counts[classes]]), pixels

    def _write_annotations(self, write_dir: Path, annotations: list[dict]) -> None:
        file = write_annotations(
            write_dir / _FOLDER,
            annotations,
            self.dataset_meta.get('category_names') or self.dataset_meta['classes'],
            self._category_ids,
            self._num_things,
        )
        print_log(f'Predictions written to {file}', logger='current')
