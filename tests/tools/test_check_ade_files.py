"""``tools/check_ade_files.py --config``: the files and classes that a config names."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ext.class_names import coco_panoptic
from seg.panoptic.png import write_panoptic_png

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location('check', ROOT / 'tools/check_ade_files.py')
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


@pytest.fixture
def coco(tmp_path):
    """One image a split, in COCO's layout, with COCO's categories."""
    categories = [
        {'id': 2 * label, 'name': name, 'isthing': int(label < len(coco_panoptic.THINGS))}
        for label, name in enumerate(coco_panoptic.NAMES)
    ]
    for split in ('train2017', 'val2017'):
        name = '000000000009'
        (tmp_path / split).mkdir()
        Image.new('RGB', (8, 6)).save(tmp_path / split / f'{name}.jpg')
        pngs = tmp_path / f'annotations/panoptic_{split}'
        pngs.mkdir(parents=True)
        write_panoptic_png(pngs / f'{name}.png', np.full((6, 8), 77))
        segment = {'id': 77, 'category_id': 0, 'bbox': [0, 0, 8, 6], 'area': 48, 'iscrowd': 0}
        content = {
            'images': [{'id': 9, 'file_name': f'{name}.jpg', 'height': 6, 'width': 8}],
            'annotations': [
                {'image_id': 9, 'file_name': f'{name}.png', 'segments_info': [segment]}
            ],
            'categories': categories,
        }
        pngs.with_suffix('.json').write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def check(coco, capsys):
    def run(config):
        options = ['--deep', '--workers', '1', '--cfg-options', f'data_root={coco}']
        code = tool.run(['--config', str(ROOT / f'configs/reg_sam/{config}.py'), *options])
        return code, capsys.readouterr().out

    return run


def test_cocos_layout_and_classes_are_the_configs(check, coco):
    code, out = check('regnet_coco')
    assert code == 0 and 'CocoPanopticOVDataset (80 things, 53 stuff)' in out
    (coco / 'train2017/000000000009.jpg').unlink()
    code, out = check('regnet_coco')
    assert code == 1 and 'missing image (1):\n  train2017/000000000009.jpg' in out


def test_categories_of_other_classes_than_the_configs_are_named(check, coco):
    file = coco / 'annotations/panoptic_val2017.json'
    content = json.loads(file.read_text())
    content['categories'][3]['name'] = 'unicorn'
    file.write_text(json.dumps(content))
    code, out = check('regnet_coco')
    assert code == 1 and 'of CocoPanopticOVDataset: 1 annotation categories match none' in out
    assert "'unicorn'" in out
