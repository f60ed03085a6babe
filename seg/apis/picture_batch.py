"""Pictures as a model takes them."""

from collections.abc import Sequence

import numpy as np
from mmdet.structures import SampleList
from mmengine.dataset import Compose, pseudo_collate
from torch import Tensor, nn

from seg.runtime.image_files import explaining_transforms


def picture_batch(
    pipeline: Compose,
    preprocessor: nn.Module,
    pictures: Sequence[np.ndarray],
    names: Sequence[str],
) -> tuple[Tensor, SampleList]:
    """Resize, normalise and pad pictures.

    Args:
        pipeline: The transforms, see :func:`~seg.apis.config.image_pipeline.image_pipeline`.
        preprocessor: The model's.
        pictures: B arrays, uint8 [H, W, 3] in BGR, of any sizes.
        names: Of the pictures, for errors.

    Returns:
        Tensor[B, 3, H, W], padded to the largest, and the sample of each, which says what is image.

    Raises:
        UnreadableImageError: If a picture is too narrow to be resized.
    """
    samples = []
    for pixels, name in zip(pictures, names, strict=True):
        with explaining_transforms(name):
            size = pixels.shape[:2]
            samples.append(pipeline(dict(img=pixels, img_shape=size, ori_shape=size)))
    batch = preprocessor(pseudo_collate(samples), False)
    return batch['inputs'], batch['data_samples']
