"""Average precision of instance masks, by COCO's rules and by LVIS's, counted by hotcoco."""

import contextlib
import io
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import hotcoco
import numpy as np
from mmengine.evaluator import BaseMetric

from seg.evaluation.lvis_truth import read_lvis_truth
from seg.evaluation.samples import true_map
from seg.panoptic.run_lengths import run_lengths
from seg.registry import METRICS


@METRICS.register_module()
class InstanceAPMetric(BaseMetric):
    """COCO's average precision of masks, in percent: AP, AP50, AP75, and of small to large instances.

    The samples hold ``pred_instances`` (``labels``, ``scores``, ``masks``), and in their metainfo
    ``img_id`` and the panoptic truth, as :class:`~seg.evaluation.panoptic_metric.PanopticQualityMetric`
    takes it: its things are the true instances, crowds among them. Masks are kept as run lengths.

    Args:
        collect_device: As for mmengine's ``BaseMetric``. Defaults to 'gpu', collective communication.
        prefix: Put before the names of the results, with a '/'. Defaults to None.
        collect_dir: As for mmengine's ``BaseMetric``.
    """

    default_prefix = ''
    #: hotcoco's names of what is reported.
    keys: tuple[str, ...] = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl')

    def __init__(
        self,
        collect_device: str = 'gpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Take in the images of a batch.

        Raises:
            ValueError: If a sample lacks prediction or truth; names the file.
            FileNotFoundError: If a panoptic PNG does not exist.
        """
        for sample in data_samples:
            if 'pred_instances' not in sample:
                raise ValueError(
                    "the model's samples have no pred_instances: set instance_on=True in its test_cfg"
                )
            found = sample['pred_instances']
            detections = [
                dict(category_id=int(label), score=float(score), segmentation=run_lengths(mask))
                for label, score, mask in zip(
                    found['labels'], found['scores'], found['masks'].cpu().numpy(), strict=True
                )
            ]
            self.results.append((sample['img_id'], self._truth(sample), detections))

    def _truth(self, sample: Mapping[str, Any]) -> tuple[tuple[int, int], list[dict]]:
        """Height and width of an image, and its annotations; of the sample, or none if a file has them."""
        num_things = len(self.dataset_meta['thing_classes'])
        true = true_map(sample, num_things, listed_areas=True)
        areas = true.areas if true.listed_areas is None else true.listed_areas
        annotations = [
            dict(
                category_id=int(label),
                segmentation=run_lengths(true.indices == number),
                area=int(area),
                iscrowd=int(crowd),
            )
            for number, (label, crowd, area) in enumerate(
                zip(true.classes, true.crowd, areas, strict=True), start=1
            )
            if label < num_things
        ]
        return true.indices.shape, annotations

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Match detections and truth; NaN for what the truth does not have."""
        images, annotations, detections = [], [], []
        # Some data sets have names for ids, hotcoco wants numbers.
        for image, (_, ((height, width), own), found) in enumerate(results):
            images.append(dict(id=image, height=height, width=width))
            annotations += [dict(image_id=image, id=0, **one) for one in own]
            detections += [dict(image_id=image, **one) for one in found]
        for number, annotation in enumerate(annotations, start=1):
            annotation['id'] = number
        things = self.dataset_meta['thing_classes']
        categories = [dict(id=label, name=name) for label, name in enumerate(things)]
        truth = dict(images=images, annotations=annotations, categories=categories)
        return self._evaluate(truth, detections)

    def _evaluate(
        self, truth: dict, detections: list[dict], category_of: Sequence[int] | None = None, **style
    ) -> dict[str, float]:
        """Results of COCO's or LVIS's rules; ``category_of`` is the category id of each class."""
        if category_of is not None:
            detections = [
                one | dict(category_id=category_of[one['category_id']]) for one in detections
            ]
        with contextlib.redirect_stdout(io.StringIO()):
            known = hotcoco.COCO(truth)
            evaluation = hotcoco.COCOeval(known, known.load_res(detections), 'segm', **style)
            evaluation.run()
        found = dict(zip(evaluation.metric_keys(), evaluation.stats, strict=True))
        results = {key: _percent(found[key]) for key in self.keys}
        unseen = set(self.dataset_meta.get('unseen_classes') or ())
        if unseen:
            classes = self.dataset_meta['thing_classes']
            own = _class_precision(evaluation, category_of or range(len(classes)))
            is_unseen = np.array([name in unseen for name in classes])
            for suffix, group in (('_seen', ~is_unseen), ('_unseen', is_unseen)):
                measured = own[group & ~np.isnan(own)]
                results[f'AP{suffix}'] = (
                    100 * float(measured.mean()) if len(measured) else float('nan')
                )
        return results


@METRICS.register_module()
class LVISMetric(InstanceAPMetric):
    """LVIS's average precision of masks, in percent: AP, and of rare, common and frequent classes.

    The truth is federated: an image counts for the categories that it was looked through for. That is in the
    annotation file alone, of which the images that were predicted are taken.

    Args:
        ann_file: LVIS's annotation file, such as ``lvis_v1_val.json``. Defaults to None, the one that the
            dataset's metainfo names.
        **kwargs: As for :class:`InstanceAPMetric`.
    """

    keys = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'APr', 'APc', 'APf')

    def __init__(self, ann_file: str | PathLike | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.ann_file = ann_file

    def _truth(self, sample: Mapping[str, Any]) -> tuple[tuple[int, int], list[dict]]:
        return sample['ori_shape'][:2], []

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Match detections and truth.

        Raises:
            FileNotFoundError: If the annotation file does not exist.
            ValueError: If it is none of LVIS, or lacks an image or category.
        """
        wanted = [img_id for img_id, *_ in results]
        ann_file = self.ann_file or self.dataset_meta.get('ann_file')
        if ann_file is None:
            raise ValueError('LVISMetric needs ann_file, such as lvis_v1_val.json')
        truth = read_lvis_truth(Path(ann_file).expanduser(), wanted)
        detections = [dict(image_id=img_id, **one) for img_id, _, found in results for one in found]
        category_of = self.dataset_meta.get('category_ids') or [
            label + 1 for label in range(len(self.dataset_meta['classes']))
        ]
        return self._evaluate(truth, detections, category_of, lvis_style=True)


def _percent(share: float) -> float:
    return 100 * float(share) if share >= 0 else float('nan')  # -1 where nothing is annotated


def _class_precision(evaluation: hotcoco.COCOeval, category_of: Sequence[int]) -> np.ndarray:
    """AP of each class, NaN where it is not annotated."""
    assert evaluation.eval is not None  # after run
    precision = np.asarray(evaluation.eval['precision'])[:, :, :, 0, -1]
    of_category = {}
    for index, category in enumerate(evaluation.params.cat_ids):
        own = precision[:, :, index]
        own = own[own > -1]
        of_category[category] = own.mean() if own.size else np.nan
    return np.array([of_category.get(category, np.nan) for category in category_of])
