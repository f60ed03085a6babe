"""Predictions of a test as COCO's result files: panoptic maps, instances, or both."""

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from seg.evaluation.coco_predictions import (
    checked_category_ids,
    png_name,
    write_annotations,
    write_prediction,
)
from seg.evaluation.samples import predicted_map
from seg.panoptic.run_lengths import run_lengths
from seg.registry import METRICS
from seg.runtime.whole_files import write_whole


@METRICS.register_module()
class CocoResults(BaseMetric):
    """Writes what a model predicts; it measures nothing.

    Panoptic maps go to ``NAME.json`` and the folder ``NAME/`` of PNGs, as COCO's panoptic results do, instances to
    ``NAME.segm.json``, a list of ``image_id``, ``category_id``, ``score``, ``bbox`` (x, y, width, height) and, of
    masks, ``segmentation``. A model of instances alone has them in ``NAME.json``.

    Args:
        out_file: ``NAME.json``.
        category_ids: The category id of each class. Defaults to the metainfo's ``category_ids``.
        collect_device: As for mmengine's ``BaseMetric``. Defaults to 'gpu', collective communication.
        collect_dir: As for mmengine's ``BaseMetric``.
    """

    default_prefix = ''

    def __init__(
        self,
        out_file: str | PathLike,
        category_ids: Sequence[int] | None = None,
        collect_device: str = 'gpu',
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, collect_dir=collect_dir)
        self.out_file = Path(out_file)
        self.category_ids = category_ids

    @BaseMetric.dataset_meta.setter
    def dataset_meta(self, meta: dict) -> None:
        """Set the dataset's metainfo.

        Raises:
            ValueError: If there is no category id for each class.
        """
        self._dataset_meta = meta
        ids = self.category_ids or meta.get('category_ids')
        self._ids = checked_category_ids(ids, len(meta['classes']))
        self._num_things = len(meta.get('thing_classes') or ())

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Write the PNGs of a batch, keep the rest.

        Raises:
            ValueError: If a sample has neither a panoptic map nor instances.
        """
        for sample in data_samples:
            panoptic, found = None, None
            if 'pred_panoptic_seg' in sample:
                panoptic = write_prediction(
                    self.out_file.with_suffix(''),
                    png_name(sample, self.dataset_meta.get('seg_root')),
                    sample['img_id'],
                    predicted_map(sample, len(self._ids)),
                    self._ids,
                    self._num_things,
                )
            if 'pred_instances' in sample:
                found = self._instances(sample['img_id'], sample['pred_instances'])
            if panoptic is None and found is None:
                raise ValueError(
                    'the model predicts neither panoptic maps nor instances: set panoptic_on or instance_on in '
                    'its test_cfg'
                )
            self.results.append((panoptic, found))

    def compute_metrics(self, results: list[tuple[dict | None, list[dict] | None]]) -> dict:
        """Write the JSON files of all images."""
        panoptic = [own for own, _ in results if own is not None]
        files = []
        if panoptic:
            names = self.dataset_meta.get('category_names') or self.dataset_meta['classes']
            folder = self.out_file.with_suffix('')
            files = [write_annotations(folder, panoptic, names, self._ids, self._num_things)]
        if any(own is not None for _, own in results):
            file = self.out_file.with_suffix('.segm.json') if panoptic else self.out_file
            detections = [one for _, own in results for one in own or ()]
            write_whole(file, json.dumps(detections).encode())
            files.append(file)
        print_log(f'Predictions written to {" and ".join(map(str, files))}', logger='current')
        return {}

    def _instances(self, image_id: int | str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
        """COCO's records of an image."""
        records = []
        masks = found['masks'].cpu().numpy() if 'masks' in found else [None] * len(found['labels'])
        for label, score, box, mask in zip(
            found['labels'].tolist(),
            found['scores'].tolist(),
            found['bboxes'].tolist(),
            masks,
            strict=True,
        ):
            left, top, right, bottom = box
            record = dict(
                image_id=image_id,
                category_id=self._ids[label],
                score=score,
                bbox=[left, top, right - left, bottom - top],
            )
            if mask is not None:
                record['segmentation'] = run_lengths(mask)
            records.append(record)
        return records
