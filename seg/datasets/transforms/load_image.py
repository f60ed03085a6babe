"""Loading of images in a pipeline."""

import mmengine.fileio as fileio
import numpy as np
from mmcv.transforms import LoadImageFromFile as MMCVLoadImageFromFile

from seg.registry import TRANSFORMS
from seg.runtime.image_files import decode_image


@TRANSFORMS.register_module()
class LoadImageFromFile(MMCVLoadImageFromFile):
    """mmcv's ``LoadImageFromFile`` for panoptic data: the pixels as they are stored.

    mmcv's turns an image as its EXIF tag says, away from its annotations; see
    :mod:`seg.runtime.image_files`.

    Required key: ``img_path``. Added keys: ``img`` ([H, W, 3] in BGR), ``img_shape``, ``ori_shape``.

    Args:
        to_float32 (bool): Whether ``img`` is float32 and not uint8. Defaults to False.
        backend_args (dict, optional): mmengine's file backend. Defaults to None, by the path.

    Raises:
        UnreadableImageError: If a file is no picture, damaged or cut; names it.
    """

    def __init__(self, to_float32: bool = False, *, backend_args: dict | None = None) -> None:
        super().__init__(to_float32, 'color_ignore_orientation', backend_args=backend_args)

    def transform(self, results: dict) -> dict:
        path = results['img_path']
        image = decode_image(fileio.get(path, backend_args=self.backend_args), path)
        results['img'] = image.astype(np.float32) if self.to_float32 else image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results
