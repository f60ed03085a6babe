from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.apis.config.read import read_config
from seg.registry import TRANSFORMS
from seg.runtime.image_files import UnreadableImageError

CONFIGS = Path(__file__).parents[4] / 'configs/reg_sam'


def write_turned(path):
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.new('RGB', (8, 6), 'red').save(path, exif=tags.tobytes())


@pytest.mark.parametrize('name', ['regnet_ade20k', 'regnet_coco', 'clip_shapes'])
def test_configs_load_pixels_as_they_are_stored(tmp_path, name):
    write_turned(tmp_path / 'a.png')
    cfg = read_config(str(CONFIGS / f'{name}.py'))
    for split in ('train', 'val', 'test'):
        load = TRANSFORMS.build(cfg[f'{split}_dataloader'].dataset.pipeline[0])
        found = load({'img_path': str(tmp_path / 'a.png')})
        assert found['img'].shape == (6, 8, 3) and found['img'].dtype == np.uint8
        assert found['img_shape'] == found['ori_shape'] == (6, 8)


def test_by_its_name_it_comes_before_mmcvs(tmp_path):
    write_turned(tmp_path / 'a.png')
    load = TRANSFORMS.build({'type': 'LoadImageFromFile', 'to_float32': True})
    image = load({'img_path': str(tmp_path / 'a.png')})['img']
    assert image.dtype == np.float32 and image[0, 0].tolist() == [0, 0, 255]


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / 'a.jpg').touch()
    load = TRANSFORMS.build({'type': 'LoadImageFromFile'})
    with pytest.raises(UnreadableImageError, match=r'a\.jpg cannot be read'):
        load({'img_path': str(tmp_path / 'a.jpg')})
