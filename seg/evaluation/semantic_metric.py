"""Semantic segmentation as a metric of mmengine's validation and test loops."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from seg.evaluation.panoptic_quality import class_groups
from seg.evaluation.panoptic_table import pixel_table
from seg.evaluation.samples import true_labels
from seg.evaluation.semantic_iou import class_pixels, count_pixels, summarise_pixels
from seg.registry import METRICS


@METRICS.register_module()
class SemanticIoUMetric(BaseMetric):
    """mIoU, fwIoU, mAcc and pAcc by semantic inference, in percent.

    The samples hold ``pred_sem_seg``, the class of each pixel, and in their metainfo ``sem_seg_path``,
    a label image that the dataset's ``label_map`` explains, or the panoptic truth, as
    :class:`~seg.evaluation.panoptic_metric.PanopticQualityMetric` takes it. Void pixels are not
    counted. Means are over the classes that the truth has, see
    :func:`~seg.evaluation.semantic_iou.summarise_pixels`. Only counts are kept of an image.

    Args:
        classwise: Whether to log a table of all classes. Defaults to False.
        collect_device: As for mmengine's ``BaseMetric``. Defaults to 'gpu', collective communication.
        prefix: Put before the names of the results, with a '/'. Defaults to None.
        collect_dir: As for mmengine's ``BaseMetric``.
    """

    default_prefix = ''

    def __init__(
        self,
        classwise: bool = False,
        collect_device: str = 'gpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.classwise = classwise

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Count the images of a batch.

        Raises:
            ValueError: If a sample lacks prediction or truth, or they differ in size; names the file.
            FileNotFoundError: If a label image does not exist.
        """
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            if 'pred_sem_seg' not in sample:
                raise ValueError(
                    "the model's samples have no pred_sem_seg: set semantic_on=True in its test_cfg"
                )
            pred = sample['pred_sem_seg']['sem_seg'][0].cpu().numpy()
            true = true_labels(sample, self.dataset_meta)
            try:
                self.results.append(count_pixels(pred, true, num_classes))
            except ValueError as error:
                path = sample.get('sem_seg_path') or sample.get('seg_map_path')
                raise ValueError(f'{path}: {error}') from None

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, float]:
        """Sum the counts of all images and log a table."""
        classes = self.dataset_meta['classes']
        unseen = set(self.dataset_meta.get('unseen_classes') or ())
        num_things = len(self.dataset_meta.get('thing_classes') or ())
        groups = class_groups(
            len(classes), num_things, [i for i, name in enumerate(classes) if name in unseen]
        )
        groups = {key: own for key, own in groups.items() if key not in ('_th', '_st')}
        sums = class_pixels(results, len(classes))
        summary = summarise_pixels(sums, groups)
        if self.classwise:
            print_log('IoU of each class\n' + pixel_table(classes, sums), logger='current')
        return summary
