"""``train_ade20k.sh`` and ``test_ade20k.sh`` with ``CONFIG`` of COCO, on a data set in its layout."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from ext.class_names import coco_panoptic
from seg.panoptic.png import write_panoptic_png

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/reg_sam/regnet_coco.py'
MODEL = 'ViT-S-32-alt'  # the smallest text tower of open_clip's registry


@pytest.fixture
def coco(tmp_path):
    """Four images to train on and two to validate on: a thing over a stuff."""
    rng = np.random.default_rng(0)
    things = len(coco_panoptic.THINGS)
    categories = [  # with gaps, as COCO's
        {'id': 2 * label + 1, 'name': name, 'isthing': int(label < things)}
        for label, name in enumerate(coco_panoptic.NAMES)
    ]
    for split, count in (('train2017', 4), ('val2017', 2)):
        images, annotations = [], []
        folder = tmp_path / f'annotations/panoptic_{split}'
        for place in (folder, tmp_path / split):
            place.mkdir(parents=True)
        for number in range(count):
            ids = np.full((64, 64), 500)
            ids[10:40, 8 + number : 50] = 77
            picture = np.where(ids[..., None] == 77, (200, 30, 30), (30, 90, 200))
            noisy = (picture + rng.integers(0, 30, picture.shape)).astype(np.uint8)
            Image.fromarray(noisy).save(tmp_path / split / f'{number:012d}.jpg')
            write_panoptic_png(folder / f'{number:012d}.png', ids)
            segments = [
                {'id': i, 'category_id': 2 * label + 1, 'area': int((ids == i).sum())}
                for i, label in ((77, 3 + number % 2), (500, things + 5))
            ]
            for segment in segments:
                rows, columns = np.nonzero(ids == segment['id'])
                x, y = int(columns.min()), int(rows.min())
                box = [x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y]
                segment.update(bbox=box, iscrowd=0)
            name = f'{number:012d}'
            images.append({'id': number, 'file_name': f'{name}.jpg', 'height': 64, 'width': 64})
            annotations.append(
                {'image_id': number, 'file_name': f'{name}.png', 'segments_info': segments}
            )
        content = {'images': images, 'annotations': annotations, 'categories': categories}
        folder.with_suffix('.json').write_text(json.dumps(content))
    return tmp_path


@pytest.mark.slow
def test_cocos_config_trains_and_tests_by_the_scripts(coco):
    import open_clip

    torch.manual_seed(0)
    save_file(open_clip.create_model(MODEL).state_dict(), coco / 'clip.safetensors')
    options = [
        *('model.backbone.arch=regnetx_400mf', 'model.backbone.init_cfg=None'),
        'model.backbone.norm_eval=False',
        *('model.neck.in_channels=[32,64,160,384]', 'model.neck.out_channels=32'),
        *('model.panoptic_head.in_channels=32', 'model.panoptic_head.num_queries=20'),
        *('model.panoptic_head.num_stages=1', 'model.train_cfg.num_points=128'),
        'train_dataloader.dataset.pipeline.3.scale=(64,64)',
        'train_dataloader.dataset.pipeline.4.crop_size=(64,64)',
        'val_dataloader.dataset.pipeline.1.scale=(64,64)',
        'test_dataloader.dataset.pipeline.1.scale=(64,64)',
        *('train_dataloader.num_workers=0', 'val_dataloader.num_workers=0'),
        *('train_dataloader.batch_size=2', 'test_dataloader.num_workers=0'),
        *('train_cfg.max_epochs=1', 'train_cfg.val_interval=1', 'param_scheduler.0.end=1'),
        'model.test_cfg.object_mask_thr=0.0',
        *(f'text_model.model_name={MODEL}', 'templates=simple'),
        f'text_model.init_cfg.checkpoint={coco / "clip.safetensors"}',
    ]
    environment = {
        **os.environ,
        'PYTHON': sys.executable,
        'CONFIG': str(CONFIG),
        'COCO_ROOT': str(coco),
        'RPS_CLASSIFIER_ROOT': str(coco / 'embd'),
        'OMP_NUM_THREADS': '1',
    }

    def run(script, *arguments):
        command = [ROOT / script, *arguments, '--cfg-options', *options]
        return subprocess.run(
            list(map(str, command)), env=environment, capture_output=True, text=True, timeout=600
        )

    work = coco / 'work'
    trained = run('train_ade20k.sh', '--work-dir', work)
    assert trained.returncode == 0, trained.stderr[-2000:]
    assert 'CocoPanopticOVDataset (80 things, 53 stuff)' in trained.stdout
    assert (coco / f'embd/{MODEL}_CocoPanopticOVDataset.pth').is_file()
    tested = run('test_ade20k.sh', work / 'epoch_1.pth', '--work-dir', coco / 'tested')
    assert tested.returncode == 0, tested.stderr[-2000:]
    quality = [re.findall(r'\| all +\| +([\d.]+)', done.stdout)[-1] for done in (trained, tested)]
    assert quality[0] == quality[1]
