"""LVIS v1: instances of 1,203 classes on COCO's pictures."""

import json
from pathlib import Path

from seg.datasets.pictures import PictureDataset
from seg.registry import DATASETS
from seg.text_classifier.vocabulary import Vocabulary


@DATASETS.register_module()
class LVISDataset(PictureDataset):
    """The pictures that an annotation file of LVIS lists, in COCO's folders; for evaluation.

    The annotations stay in the file, where :class:`~seg.evaluation.instance_metric.LVISMetric` reads them.

    Args:
        **kwargs: As for :class:`~seg.datasets.pictures.PictureDataset`; ``ann_file`` is such as
            ``lvis_v1_val.json``, and ``data_prefix['img']`` has COCO's ``train2017`` and ``val2017``.

    Raises:
        FileNotFoundError: If the annotation file does not exist.
        ValueError: If it is none of LVIS.
    """

    vocabulary = Vocabulary.of('lvis')
    dataset_name = vocabulary.dataset_name
    METAINFO = vocabulary.metainfo

    def _join_prefix(self) -> None:
        super()._join_prefix()
        self._metainfo['ann_file'] = self.ann_file  # where the metric finds the truth

    def load_data_list(self) -> list[dict]:
        """A sample for each picture: ``img_path`` and ``img_id``."""
        file = Path(self.ann_file)
        try:
            images = json.loads(file.read_bytes())['images']
            names = ['/'.join(image['coco_url'].split('/')[-2:]) for image in images]
        except FileNotFoundError:
            raise FileNotFoundError(f'annotation file {file} does not exist') from None
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f'{file} is no annotation file of LVIS: {error!r}') from None
        folder = Path(self.data_prefix['img'])
        return [
            dict(img_id=image['id'], img_path=str(folder / name))
            for image, name in zip(images, names, strict=True)
        ]
