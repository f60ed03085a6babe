"""``demo/image_demo.py`` on files of all kinds, with random weights."""

import importlib.util
import json
import re
import resource
from pathlib import Path

import cv2
import numpy as np
import pytest

DEMO = Path(__file__).parents[2] / 'demo/image_demo.py'
WORDS = ['--classes', 'red star,crimson star; zebra', '--stuff', 'sky;']


@pytest.fixture
def demo(random_open_model, capsys):
    """Runs the command on pictures; returns exit code, standard output and standard error."""
    spec = importlib.util.spec_from_file_location('image_demo', DEMO)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config, weights, options = random_open_model

    def call(*pictures, words=WORDS, **more):
        named = [str(value) for name, value in more.items() for value in (f'--{name}', value)]
        named = [value.replace('_', '-') if value[:2] == '--' else value for value in named]
        code = module.run(
            [*map(str, pictures), config, weights, *words, *named, '--cfg-options', *options]
        )
        return code, *capsys.readouterr()

    return call


def write(*files):
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.full((40, 60, 3), 128, np.uint8))


def contents(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob('*')
        if file.is_file()
    }


def test_no_segment_at_all_is_explained_once(random_open_model, capsys, tmp_path):
    spec = importlib.util.spec_from_file_location('image_demo', DEMO)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config, weights, options = random_open_model
    write(tmp_path / 'a.jpg', tmp_path / 'b.jpg')
    changes = ['--cfg-options', *options, 'model.test_cfg.object_mask_thr=1.0']
    code = module.run(
        [str(tmp_path), config, weights, *WORDS, '--out-dir', str(tmp_path / 'o'), *changes]
    )
    out, err = capsys.readouterr()
    assert (code, out.count('no segments')) == (0, 2)
    (line,) = [line for line in err.splitlines() if line.startswith('No segment')]
    assert 'and not on ' in line and 'zebra' in line


def test_words_of_ones_own_need_no_classifier_file(demo, tmp_path):
    write(tmp_path / 'a.jpg')
    code, _, err = demo(tmp_path / 'a.jpg', out_dir=tmp_path / 'out')
    assert code == 0, err
    assert sorted(contents(tmp_path / 'out')) == ['a.jpg.json', 'a.jpg.png']
    record = json.loads((tmp_path / 'out/a.jpg.json').read_text())
    found = {segment['name'] for segment in record['segments']}
    assert found and found <= {'red star', 'zebra', 'sky'}
    assert (record['width'], record['height']) == (60, 40)


def test_no_picture_is_overwritten_and_none_shares_its_output(demo, tmp_path):
    mine = tmp_path / 'mine'
    write(mine / 'x/a.jpg', mine / 'x/a.png', mine / 'y/a.png')
    before = contents(mine)
    code, _, err = demo(mine / 'x', mine / 'y/a.png', out_dir=mine)
    assert code == 0, err
    after = contents(mine)
    assert before.items() <= after.items()
    outputs = [f'{name}{suffix}' for name in before for suffix in ('.png', '.json')]
    assert sorted(after) == sorted([*before, *outputs])


def test_outputs_that_are_inputs_are_refused_before_the_work(demo, tmp_path):
    write(tmp_path / 'a.png', tmp_path / 'a.png.png')
    before = contents(tmp_path)
    code, out, err = demo(tmp_path, out_dir=tmp_path)
    assert code == 1 and 'is itself one of the input files' in err and err.count('\n') == 1
    assert contents(tmp_path) == before and not out


def test_broken_pictures_are_skipped_counted_and_the_exit_code_says_so(demo, tmp_path):
    write(tmp_path / 'b.jpg', tmp_path / 'f.jpg')
    (tmp_path / 'a.jpg').touch()
    (tmp_path / 'c.jpg').write_text('no picture')
    (tmp_path / 'd.jpg').write_bytes((tmp_path / 'b.jpg').read_bytes()[:-100])
    cv2.imwrite(str(tmp_path / 'e.png'), np.zeros((1, 6000, 3), np.uint8))
    (tmp_path / 'g.png').symlink_to(tmp_path / 'nowhere.png')
    cv2.imwrite(str(tmp_path / 'h.tif'), np.zeros((40, 40, 3), np.uint8))
    code, _, err = demo(tmp_path, out_dir=tmp_path / 'out')
    assert code == 1
    skipped, error = err.splitlines()[:-1], err.splitlines()[-1]
    assert [re.search(r'skipped: .*\b(\w\.\w+) ', line)[1] for line in skipped] == [
        'a.jpg',
        'c.jpg',
        'd.jpg',
        'e.png',
        'g.png',
    ]
    assert error == 'error: 5 of 8 pictures could not be used and were skipped'
    assert len(contents(tmp_path / 'out')) == 6


def test_a_device_that_there_is_none_of_is_one_line(demo, tmp_path):
    write(tmp_path / 'a.jpg')
    for device in ('foo', 'cuda:99'):
        code, _, err = demo(tmp_path / 'a.jpg', device=device, out_dir=tmp_path / 'out')
        assert code == 1 and f"device '{device}' cannot be used" in err and err.count('\n') == 1


def test_a_disk_that_is_full_leaves_no_part_of_a_picture_and_names_it(demo, tmp_path):
    write(tmp_path / 'a.jpg')
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        code, _, err = demo(tmp_path / 'a.jpg', out_dir=tmp_path / 'out')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 1 and 'cannot write' in err and 'a.jpg.png' in err
    assert not contents(tmp_path / 'out')
