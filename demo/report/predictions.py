"""What the model predicts, beside the truth."""

import contextlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from report.pictures import enlargeable
from seg.datasets import ShapesOpenPanopticDataset
from seg.panoptic.panoptic_map import instance_offset
from seg.panoptic.png import read_panoptic_png
from seg.panoptic.segmentation import Segmentation
from seg.runtime.image_files import read_image

PICTURES = 6


def pairs(out: Path, data: Path) -> str:
    """The first validation pictures, as the model sees them and as they are annotated."""
    return f'<div class="pairs">{"".join(_pairs(out, data))}</div>'


def true_segmentation(sample: dict, classes: Sequence[str], num_things: int) -> Segmentation:
    """The segments that a picture's annotation has."""
    ids = read_panoptic_png(sample['seg_map_path'])
    codes = np.full(ids.shape, len(classes))
    offset = instance_offset(len(classes))
    for number, segment in enumerate(sample['segments_info'], start=1):
        codes[ids == segment['id']] = segment['category'] + offset * number
    return Segmentation.from_mmdet(read_image(sample['img_path']), codes, {}, classes, num_things)


def _pairs(out: Path, data: Path) -> Iterator[str]:
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools tells what it does
        dataset = ShapesOpenPanopticDataset(
            data_root=str(data),
            ann_file='ade20k_panoptic_val.json',
            data_prefix=dict(img='images/validation/', seg='ade20k_panoptic_val/'),
            test_mode=True,
        )
    meta = dataset.metainfo
    for number in range(min(PICTURES, len(dataset))):
        sample = dataset.get_data_info(number)
        name = Path(sample['img_path']).name
        truth = true_segmentation(sample, meta['classes'], len(meta['thing_classes']))
        predicted = Image.open(out / 'predictions' / f'{name}.png')
        yield '<div class="pair">'
        true = f'truth: {", ".join(dict.fromkeys(truth.names))}'
        for drawn, caption in ((predicted, 'prediction'), (truth.plot(), true)):
            content = io.BytesIO()
            drawn.convert('RGB').save(content, 'JPEG', quality=88)
            yield enlargeable(content.getvalue(), f'{name}, {caption}', f'{number + 1}, {caption}')
        yield '</div>'
