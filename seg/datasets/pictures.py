"""What the data sets for evaluation alone share."""

from mmengine.dataset import BaseDataset

from seg.datasets.data_root import expand_data_root
from seg.runtime.image_files import explaining_transforms


class PictureDataset(BaseDataset):
    """A data set whose metric reads the truth: its samples name files.

    Its ``data_root`` may name the environment, see :func:`~seg.datasets.data_root.expand_data_root`.

    Args:
        **kwargs: As for mmengine's ``BaseDataset``.

    Raises:
        UnreadableImageError: While a sample is loaded, if its picture cannot be read or transformed.
    """

    data_root: str

    def _join_prefix(self) -> None:
        if self.data_root:
            self.data_root = expand_data_root(self.data_root)
        super()._join_prefix()

    def prepare_data(self, idx: int) -> dict:
        """A sample after the pipeline; what cannot be read is named."""
        info = self.get_data_info(idx)
        with explaining_transforms(info['img_path']):
            return self.pipeline(info)
