"""A panoptic dataset in COCO's format whose class names hold synonyms."""

import warnings
from collections.abc import Sequence
from itertools import count

import torch
from mmcv.transforms import LoadImageFromFile
from mmdet.datasets import CocoPanopticDataset
from mmengine.fileio import join_path

from seg.datasets.annotations import CategoryEntry
from seg.datasets.categories import match_categories
from seg.datasets.data_root import expand_data_root
from seg.datasets.matched_annotations import MatchedAnnotations
from seg.registry import DATASETS
from seg.runtime.image_files import UnreadableImageError, explaining_transforms
from seg.text_classifier.vocabulary import Vocabulary

#: The ``category`` of segments that count as void: their category is none of the classes.
VOID_CATEGORY = -1


@DATASETS.register_module()
class PanopticOVDataset(CocoPanopticDataset):
    """mmdet's panoptic dataset, its categories matched to classes by :func:`match_categories`.

    Its classes are those of its ``vocabulary``. A subclass may have one for all its data sets, or, as
    mmdet's do, a ``METAINFO`` with ``classes``, ``thing_classes`` and ``stuff_classes``, and beside it
    a ``dataset_name``. Where a config's ``metainfo`` names some of the annotated classes only, the
    segments of the others have the ``VOID_CATEGORY``.

    Images are loaded as they are stored, see :mod:`seg.runtime.image_files`; by mmcv's
    ``LoadImageFromFile`` too, which elsewhere follows EXIF tags.

    Once the annotations are loaded, ``metainfo`` has their ``category_ids`` and ``category_names``, one a
    class. The ``segments_info`` of a sample has mmdet's ``id``, ``category`` and ``is_thing``, and
    ``is_crowd`` and ``area`` as the annotations list them.

    With ``test_mode``, a file without annotations is taken too: its samples have no ``seg_map_path``.

    Args:
        vocabulary (str | Vocabulary): The classes: a vocabulary, or where :meth:`Vocabulary.of` finds
            one. Defaults to None, those of the class.
        metainfo (dict): What replaces parts of the vocabulary's. Defaults to None.
        skip_broken (bool): Whether training passes over images that cannot be read, with a warning
            that counts them, and takes another one. Defaults to False, the first one is an error.
        **kwargs: As for :class:`mmdet.datasets.CocoPanopticDataset`.

    Raises:
        ValueError: While the annotations are loaded, if the file is not as
            :func:`read_annotations` expects it, categories match no class, or images are not
            annotated.
        UnreadableImageError: While a sample is loaded, if its image cannot be read or transformed.
    """

    vocabulary: Vocabulary | None = None
    #: Whether the annotation file may list categories that are none of the classes.
    other_categories_are_void = False
    dataset_name: str
    data_root: str
    _new_labels: Sequence[int] | None = None

    def __init_subclass__(cls) -> None:
        own = vars(cls).get('vocabulary')
        if own is not None:
            cls.METAINFO, cls.dataset_name = own.metainfo, own.dataset_name

    def __init__(
        self,
        *args,
        vocabulary: str | Vocabulary | None = None,
        metainfo: dict | None = None,
        skip_broken: bool = False,
        **kwargs,
    ) -> None:
        self.skip_broken = skip_broken
        self._declared = self.METAINFO
        if vocabulary is not None:
            self.vocabulary = Vocabulary.of(vocabulary)
            self.dataset_name = self.vocabulary.dataset_name
            self._declared = self.vocabulary.metainfo
            classes = (metainfo or {}).get('classes', ())
            others = (
                set() if isinstance(classes, str) else set(classes) - set(self.vocabulary.classes)
            )
            if others:
                raise ValueError(
                    f'metainfo names {sorted(others)[0]!r}, which is none of the '
                    f'{len(self.vocabulary.classes)} classes of vocabulary {self.dataset_name}'
                )
            metainfo = {**self._declared, **self._narrowed(metainfo or {})}
        elif type(self) is PanopticOVDataset and not (metainfo or {}).get('classes'):
            raise ValueError(
                "PanopticOVDataset needs vocabulary='...', a file of ext/class_names or a module, or "
                'metainfo with classes'
            )
        elif metainfo is not None:
            metainfo = self._narrowed(metainfo)
        super().__init__(*args, metainfo=metainfo, **kwargs)
        for step in self.pipeline.transforms:
            if isinstance(step, LoadImageFromFile) and step.color_type == 'color':
                step.color_type = 'color_ignore_orientation'

    def _narrowed(self, given: dict) -> dict:
        """A config's ``metainfo``; where it has other classes, without what is said of all of them."""
        classes, declared = given.get('classes'), self._declared
        if classes is None or isinstance(classes, str):  # none, or a file that mmengine reads
            return given
        if tuple(classes) == tuple(declared.get('classes', ())):
            return given
        narrowed = {'category_names': (), **given}
        if set(classes) <= set(declared.get('classes', ())):
            for key in ('thing_classes', 'stuff_classes'):
                kept = set(declared.get(key, ()))
                narrowed.setdefault(key, tuple(name for name in classes if name in kept))
        return narrowed

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
                if segment['category'] != VOID_CATEGORY:
                    segment['category'] = self._new_labels[segment['category']]
            for instance in info['instances']:
                instance['bbox_label'] = self._new_labels[instance['bbox_label']]
        return info

    def _join_prefix(self) -> None:
        if self.data_root:  # for configs that other tools than ours have read
            self.data_root = expand_data_root(self.data_root)
        super()._join_prefix()
        # Below it the names of the PNGs are unique, as a submission needs them.
        self._metainfo['seg_root'] = self.data_prefix.get('seg')

    def full_init(self) -> None:
        """Load the annotations, and note which images turn out to be broken."""
        super().full_init()
        # Shared by the data workers, so that each broken image is told and counted once.
        self._is_broken = torch.zeros(len(self), dtype=torch.bool).share_memory_()

    def prepare_data(self, idx: int) -> dict | None:
        """A sample after the pipeline; None stands for one that training passes over."""
        info = self.get_data_info(idx)
        try:
            with explaining_transforms(info['img_path']):
                return self.pipeline(info)
        except UnreadableImageError as error:
            if not self.skip_broken or self.test_mode:
                raise
            if not self._is_broken[idx]:
                self._is_broken[idx] = True
                warnings.warn(f'{error}; skipped, {self._is_broken.sum()} so far', stacklevel=2)
            return None

    def load_data_list(self) -> list[dict]:
        """The samples of all images; notes the categories of the classes in ``metainfo``."""
        samples = super().load_data_list()
        # A class without a category gets an id after all others: a prediction may have it.
        unused = count(max(self._annotated_names, default=-1) + 1)
        ids = [i if i in self._annotated_names else next(unused) for i in self.cat_ids]
        names = [
            self._annotated_names.get(category, name)
            for category, name in zip(ids, self._metainfo['classes'], strict=True)
        ]
        self._metainfo |= {'category_ids': ids, 'category_names': names}
        return samples

    def parse_data_info(self, raw_data_info: dict) -> dict:
        """The sample of an image, with every segment that is listed."""
        image = raw_data_info['raw_img_info']
        segments = raw_data_info['raw_ann_info']
        unknown = [s for s in segments if s['category_id'] not in self.coco.cats]
        if unknown:
            raise ValueError(
                f'annotation file {self.ann_file}: segment {unknown[0]["id"]} of image {image["id"]} '
                f'has category {unknown[0]["category_id"]}, which is not listed'
            )
        known = [s for s in segments if s['category_id'] in self.cat2label]
        info = super().parse_data_info(
            raw_data_info | {'raw_ann_info': [_of_a_pixel_at_least(s) for s in known]}
        )
        for own, listed in zip(info['segments_info'], known, strict=True):
            own |= {'is_crowd': bool(listed.get('iscrowd')), 'area': max(int(listed['area']), 1)}
        info['segments_info'] += [
            {'id': s['id'], 'category': VOID_CATEGORY, 'is_thing': False}
            for s in segments
            if s['category_id'] not in self.cat2label
        ]
        if image['segm_file'] is None:
            info['seg_map_path'] = None
        elif info['seg_map_path'] is not None:
            info['seg_map_path'] = join_path(self.data_prefix['seg'], image['segm_file'])
        return info

    def COCOAPI(self, annotation_file: str) -> MatchedAnnotations:
        """The annotations, with ``get_cat_ids`` giving one category id a class, in class order."""
        metainfo = self.metainfo
        things = set(metainfo.get('thing_classes', ()))
        is_original = metainfo['classes'] == self._declared.get('classes')

        def match(categories: list[CategoryEntry], classes: Sequence[str]) -> dict[int, int]:
            return match_categories(
                categories,
                classes,
                things=[name in things for name in classes] if things else None,
                names=self._declared.get('category_names') if is_original else None,
                subset=not is_original or self.other_categories_are_void,
            )

        annotations = MatchedAnnotations(annotation_file, match, may_be_bare=self.test_mode)
        self._annotated_names = {i: category['name'] for i, category in annotations.cats.items()}
        return annotations


def _of_a_pixel_at_least(segment: dict) -> dict:
    """Some converters write a width of 0 for what is one pixel wide, and mmdet drops it."""
    x, y, width, height = segment['bbox']
    return segment | {
        'area': max(segment['area'], 1),
        'bbox': (x, y, max(width, 1), max(height, 1)),
    }
