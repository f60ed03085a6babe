"""A data set of label images, whose class names hold synonyms."""

from collections.abc import Mapping
from pathlib import Path

from seg.datasets.pictures import PictureDataset
from seg.datasets.test_sets.prepared import preparation
from seg.registry import DATASETS
from seg.text_classifier.vocabulary import Vocabulary


@DATASETS.register_module()
class SemanticOVDataset(PictureDataset):
    """Pictures, and a label image of each: a number a pixel, see :mod:`seg.panoptic.label_image`.

    It is for evaluation: its samples name the label image, ``sem_seg_path``, which the metric reads.

    Args:
        vocabulary (str | Vocabulary): The classes, as :meth:`Vocabulary.of` finds them.
        label_map (Mapping[int, int]): Number in the label images to class; others are void. Defaults to
            None: the numbers are the classes.
        data_prefix (dict): Folders of pictures (``img``) and label images (``seg``).
        img_suffix (str): Of the pictures' names. Defaults to '.jpg'.
        seg_suffix (str): Of the label images' names, which are else those of the pictures. Defaults to
            '.png'.
        ann_file (str): A list of names without suffix, one a line. Defaults to '': all pictures of the
            folder and of those in it.
        **kwargs: As for :class:`~seg.datasets.pictures.PictureDataset`.

    Raises:
        FileNotFoundError: If the list, the folder or the label image of a picture does not exist.
        ValueError: If there are no pictures, or ``label_map`` names a class that is none.
    """

    def __init__(
        self,
        vocabulary: str | Vocabulary,
        label_map: Mapping[int, int] | None = None,
        img_suffix: str = '.jpg',
        seg_suffix: str = '.png',
        metainfo: dict | None = None,
        **kwargs,
    ) -> None:
        self.vocabulary = Vocabulary.of(vocabulary)
        self.dataset_name = self.vocabulary.dataset_name
        self.img_suffix, self.seg_suffix = img_suffix, seg_suffix
        count = len(self.vocabulary.classes)
        label_map = {i: i for i in range(count)} if label_map is None else dict(label_map)
        strange = sorted(label for label in label_map.values() if not 0 <= label < count)
        if strange:
            raise ValueError(
                f'label_map names class {strange[0]}; {self.dataset_name} has {count} classes'
            )
        own = dict(self.vocabulary.metainfo, label_map=label_map)
        super().__init__(metainfo={**own, **(metainfo or {})}, **kwargs)

    def load_data_list(self) -> list[dict]:
        """A sample for each picture: ``img_path``, ``img_id`` and ``sem_seg_path``."""
        images, labels = Path(self.data_prefix['img']), Path(self.data_prefix['seg'])
        for folder in (images, labels):
            if not folder.is_dir():
                raise FileNotFoundError(
                    f'folder {folder} of {self.dataset_name} does not exist'
                    + preparation(self.dataset_name)
                )
        if self.ann_file:
            names = self._listed_names(Path(self.ann_file))
        else:
            found = sorted(images.rglob(f'*{self.img_suffix}'))
            names = [str(path.relative_to(images))[: -len(self.img_suffix)] for path in found]
        if not names:
            raise ValueError(f'{images} has no pictures *{self.img_suffix}')
        samples = [
            dict(
                img_id=name,
                img_path=str(images / f'{name}{self.img_suffix}'),
                sem_seg_path=str(labels / f'{name}{self.seg_suffix}'),
            )
            for name in names
        ]
        missing = [own for own in samples if not Path(own['sem_seg_path']).is_file()]
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} of {len(names)} pictures of {self.dataset_name} have no label image, '
                f'such as {missing[0]["sem_seg_path"]}'
            )
        return samples

    def _listed_names(self, file: Path) -> list[str]:
        if not file.is_file():
            raise FileNotFoundError(f'list {file} of {self.dataset_name} does not exist')
        return [line.strip() for line in file.read_text().splitlines() if line.strip()]
