"""An annotation file whose categories are matched to classes."""

import contextlib
import io
import logging
from collections.abc import Callable, Iterable, Sequence

from mmdet.datasets.api_wrappers import COCOPanoptic
from mmengine.logging import print_log

from seg.datasets.annotations import CategoryEntry, png_name, read_annotations


class MatchedAnnotations(COCOPanoptic):
    """mmdet's index of an annotation file, its categories in the order of the classes.

    An image's ``segm_file`` is the name of its PNG; None where nothing is annotated.

    Args:
        file: The annotation file.
        match: Gives the class index of each category id, from categories and classes.
        may_be_bare: Whether the file may have no annotations at all.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or images have no annotation; names it.
    """

    def __init__(
        self,
        file: str,
        match: Callable[[list[CategoryEntry], Sequence[str]], dict[int, int]],
        may_be_bare: bool,
    ) -> None:
        super().__init__()
        self._file, self._match = file, match
        self.dataset = read_annotations(file)
        with contextlib.redirect_stdout(io.StringIO()):  # 'creating index...'
            self.createIndex()
        self.img_ann_map, self.cat_img_map = self.imgToAnns, self.catToImgs
        entries = {entry['image_id']: entry for entry in self.dataset.get('annotations', ())}
        bare = [image['file_name'] for image in self.imgs.values() if image['id'] not in entries]
        if bare and (entries or not may_be_bare):
            raise ValueError(
                f'annotation file {file}: {len(bare)} of {len(self.imgs)} images have no '
                f'annotation: {", ".join(bare[:5])}{", ..." if len(bare) > 5 else ""}'
            )
        for image in self.imgs.values():
            image['segm_file'] = png_name(image, entries[image['id']]) if entries else None

    # By image, not by the ids of segments: many images have a segment of one id (its colour), and mmdet
    # would go through those of all images for each image.
    def get_ann_ids(self, img_ids=(), *_, **__) -> list[int]:
        """What :meth:`load_anns` takes for the segments of images: the ids of these."""
        return list(img_ids)

    def load_anns(self, ids: Iterable[int] = ()) -> list[dict]:
        """The segments of images."""
        return [segment for image in ids for segment in self.img_ann_map[image]]

    def get_cat_ids(self, cat_names=(), sup_names=(), cat_ids=()) -> list[int]:
        """The category id of each class; a class without a category gets an id that none has."""
        labels = self._match(list(self.cats.values()), cat_names)
        left_out = len(self.cats) - len(labels)
        if left_out:
            print_log(
                f'{self._file}: {left_out} of {len(self.cats)} categories are none of the '
                f'{len(cat_names)} classes; their segments count as void',
                logger='current',
                level=logging.WARNING,
            )
        ids = {label: category for category, label in labels.items()}
        return [ids.get(label, -1 - label) for label in range(len(cat_names))]
