"""``tools/check_test_sets.py``: whole test sets pass, and each fault is one line."""

import importlib.util
from pathlib import Path

import layouts
import numpy as np
import pytest
from PIL import Image

from seg.panoptic.png import write_panoptic_png

ROOT = Path(__file__).parents[2]


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    for name, value in layouts.write_all(tmp_path).items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location('check', ROOT / 'tools/check_test_sets.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def check(*names):
        code = module.run([*names, '--workers', '1'])
        return code, *capsys.readouterr()

    return check


def test_whole_test_sets_pass_and_the_next_command_is_named(check):
    code, out, _ = check('all')
    assert code == 0
    lines = [line for line in out.splitlines() if ': 2 pictures' in line]
    assert len(lines) == 11 and all(line.endswith('no problems') for line in lines)
    next_line = out.splitlines()[-1]
    assert next_line.startswith('next: python tools/test.py CONFIG CHECKPOINT --on ade20k ')
    assert 'pc59: 2 pictures, 8 of 59' in out or 'pc59: 2 pictures, 7 of 59' in out


def test_each_fault_is_one_line(check, tmp_path, monkeypatch):
    context = tmp_path / 'pascal_ctx_d2'
    whole = Image.open(context / 'annotations_ctx59/validation/0.png')
    whole.crop((0, 0, 20, 20)).save(context / 'annotations_ctx59/validation/0.png')
    Image.fromarray(np.full(layouts.SIZE, 255, np.uint8)).save(
        context / 'annotations_ctx59/validation/1.png'
    )
    (context / 'annotations_ctx459/validation/0.tif').unlink()
    voc = tmp_path / 'VOCdevkit/VOC2012'
    (voc / 'JPEGImages/2007_000000.jpg').unlink()
    (voc / 'SegmentationClass/2007_000001.png').write_bytes(b'torn')
    png = tmp_path / 'cityscapes/gtFine/cityscapes_panoptic_val'
    write_panoptic_png(
        png / 'lindau_000001_000019_gtFine_panoptic.png', np.full(layouts.SIZE, 4711)
    )
    monkeypatch.setenv('ADE20K_FULL_ROOT', str(tmp_path / 'nowhere'))
    code, out, err = check('pc59', 'pc459', 'voc21', 'cityscapes', 'ade20k_full', 'coco_stuff')
    assert code == 1 and not err
    for words in (
        'annotations_ctx59/validation/0.png is (20, 20), its picture (40, 56)',
        'annotations_ctx59/validation/1.png has no pixel of any class',
        'pc459: 1 of 2 pictures of PascalContext459Dataset have no label image, such as',
        'JPEGImages/2007_000000.jpg does not exist',
        'SegmentationClass/2007_000001.png cannot be read',
        'segments of the map are not among its',
        f'ade20k_full: not on disk, {tmp_path / "nowhere"} does not exist',
    ):
        assert out.count(words) == 1, words
    assert out.splitlines()[-1].endswith('--on coco_stuff')


def test_what_is_no_test_set_is_one_line(check):
    code, _, err = check('nonsense')
    assert code == 1 and err.count('\n') == 1 and "test set 'nonsense' is none of" in err
