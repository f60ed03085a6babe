"""A panoptic dataset in COCO's format whose class names hold synonyms."""

from collections.abc import Sequence

from mmdet.datasets import CocoPanopticDataset
from mmdet.datasets.api_wrappers import COCOPanoptic

from seg.datasets.categories import match_categories


class PanopticOVDataset(CocoPanopticDataset):
    """mmdet's panoptic dataset, its categories matched to classes by :func:`match_categories`.

    Subclasses give ``dataset_name``, the name in the classifier's file name, and ``METAINFO`` with
    ``classes`` (``thing_classes`` first, then ``stuff_classes``), ``palette`` and
    ``category_names``, the dataset's own names of the classes.

    Raises:
        ValueError: While the annotations are loaded, if categories match no class.
    """

    dataset_name: str
    _new_labels: Sequence[int] | None = None

    def _join_prefix(self) -> None:
        super()._join_prefix()
        # Below it the names of the PNGs are unique, as a submission needs them.
        self._metainfo['seg_root'] = self.data_prefix.get('seg')

    def relabel(self, new_labels: Sequence[int]) -> None:
        """Give out other labels from now on, those of a vocabulary this one is part of.

        Args:
            new_labels: The new label of each class.
        """
        self._new_labels = new_labels

    def get_data_info(self, idx: int) -> dict:
        """Annotations of an image, its labels as :meth:`relabel` says."""
        info = super().get_data_info(idx)
        if self._new_labels is not None:
            for segment in info['segments_info']:
                segment['category'] = self._new_labels[segment['category']]
            for instance in info['instances']:
                instance['bbox_label'] = self._new_labels[instance['bbox_label']]
        return info

    def COCOAPI(self, annotation_file: str) -> COCOPanoptic:
        """The annotations, with ``get_cat_ids`` giving one category id a class, in class order."""
        metainfo = self.metainfo
        things = set(metainfo.get('thing_classes', ()))
        is_original = metainfo['classes'] == self.METAINFO.get('classes')
        names = self.METAINFO.get('category_names') if is_original else None

        class MatchedCategories(COCOPanoptic):
            def get_cat_ids(self, cat_names=(), sup_names=(), cat_ids=()):
                labels = match_categories(
                    list(self.cats.values()),
                    cat_names,
                    things=[name in things for name in cat_names] if things else None,
                    names=names,
                )
                ids = {label: category for category, label in labels.items()}
                # A class without a category gets an id that no category has.
                return [ids.get(label, -1 - label) for label in range(len(cat_names))]

        return MatchedCategories(annotation_file)
