"""A panoptic dataset in COCO's format whose class names hold synonyms."""

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
