"""The data sets that come with their class names, each known by its own class.

Another one needs no class: ``PanopticOVDataset(vocabulary='FILE')`` takes the names of a file in
``ext/class_names``.
"""

from seg.datasets.panoptic_ov import PanopticOVDataset
from seg.registry import DATASETS
from seg.text_classifier.vocabulary import Vocabulary


@DATASETS.register_module()
class ADE20KPanopticDataset(PanopticOVDataset):
    """ADE20K panoptic, 100 things and 50 stuff, in mmdet's order."""

    vocabulary = Vocabulary.of('ade20k_panoptic')


@DATASETS.register_module()
class CocoPanopticOVDataset(PanopticOVDataset):
    """COCO panoptic, 80 things and 53 stuff, in mmdet's order."""

    vocabulary = Vocabulary.of('coco_panoptic')


@DATASETS.register_module()
class CityscapesPanopticDataset(PanopticOVDataset):
    """Cityscapes panoptic, 8 things and 11 stuff; its pictures lie in a folder for each city."""

    vocabulary = Vocabulary.of('cityscapes')

    def load_data_list(self) -> list[dict]:
        """The samples; the annotations name ``CITY_1_2_gtFine_leftImg8bit.png`` for a picture."""
        samples = super().load_data_list()
        for sample in samples:
            folder, _, name = sample['img_path'].rpartition('/')
            name = name.replace('_gtFine_', '_')
            sample['img_path'] = f'{folder}/{name.partition("_")[0]}/{name}'
        return samples


@DATASETS.register_module()
class MapillaryVistasPanopticDataset(PanopticOVDataset):
    """Mapillary Vistas v1.2 panoptic, 37 things and 28 stuff; what is listed as unlabelled is void."""

    vocabulary = Vocabulary.of('mapillary_vistas')
    other_categories_are_void = True


@DATASETS.register_module()
class ShapesPanopticDataset(PanopticOVDataset):
    """The small shapes world: 10 things and 4 stuff, told apart by colour and texture."""

    vocabulary = Vocabulary.of('shapes')


@DATASETS.register_module()
class ShapesFullPanopticDataset(PanopticOVDataset):
    """The full shapes world: 36 things, six shapes in six colours, and 6 stuff."""

    vocabulary = Vocabulary.of('shapes_full')


@DATASETS.register_module()
class ShapesBasePanopticDataset(PanopticOVDataset):
    """The open shapes world as training sees it: 24 base things and 6 stuff."""

    vocabulary = Vocabulary.of('shapes_base')


@DATASETS.register_module()
class ShapesOpenPanopticDataset(PanopticOVDataset):
    """The open shapes world as validation sees it: 12 things more, the ``unseen_classes``."""

    vocabulary = Vocabulary.of('shapes_open')
