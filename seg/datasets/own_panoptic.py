"""The data set of prepared data of one's own."""

from pathlib import Path

from seg.datasets.data_root import expand_data_root
from seg.datasets.own.layout import read_vocabulary
from seg.datasets.panoptic_ov import VOID_CATEGORY, PanopticOVDataset
from seg.registry import DATASETS
from seg.text_classifier.vocabulary import Vocabulary


@DATASETS.register_module()
class OwnPanopticDataset(PanopticOVDataset):
    """Data that ``tools/prepare_data.py`` made, whose classes stand in them.

    Args:
        data_root (str): Folder of the prepared data.
        vocabulary (str | Vocabulary): Takes the place of the data's own classes. Defaults to None.
        **kwargs: As for :class:`~seg.datasets.panoptic_ov.PanopticOVDataset`.

    Raises:
        FileNotFoundError: If the folder holds no prepared data.
        ValueError: If the data do not describe themselves.
    """

    def __init__(
        self, *args, data_root: str, vocabulary: str | Vocabulary | None = None, **kwargs
    ) -> None:
        if vocabulary is None:
            vocabulary = read_vocabulary(Path(expand_data_root(data_root)))
        super().__init__(*args, data_root=data_root, vocabulary=vocabulary, **kwargs)

    def get_cat_ids(self, idx: int) -> list[int]:
        """The classes of a picture, stuff too: mmengine's ``ClassBalancedDataset`` counts them."""
        found = {segment['category'] for segment in self.get_data_info(idx)['segments_info']}
        return sorted(found - {VOID_CATEGORY})
