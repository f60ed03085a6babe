"""Predictions of a test as mmdet's tools pickle them."""

import pickle
import warnings
from collections.abc import Sequence
from pathlib import Path

from mmdet.evaluation import DumpDetResults
from mmengine.logging import print_log

from seg.registry import METRICS
from seg.runtime.whole_files import write_whole


@METRICS.register_module()
class PickledResults(DumpDetResults):
    """mmdet's ``DumpDetResults``, whose file appears whole or not at all: a list of a dict an image.

    Args:
        out_file_path: ``NAME.pkl`` or ``NAME.pickle``.
        **kwargs: As for ``DumpDetResults``.
    """

    default_prefix = ''

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep the predictions of a batch; what mmdet says of the size, ``tools/test.py`` says once."""
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', message='Panoptic segmentation map')
            super().process(data_batch, data_samples)

    def compute_metrics(self, results: list) -> dict:
        """Write the file."""
        write_whole(Path(self.out_file_path), pickle.dumps(results))
        print_log(f'Predictions written to {self.out_file_path}', logger='current')
        return {}
