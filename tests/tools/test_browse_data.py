"""``tools/browse_data.py`` as a person uses it."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.panoptic.png import write_panoptic_png

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(capsys):
    spec = importlib.util.spec_from_file_location('browse_data', ROOT / 'tools/browse_data.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(*words):
        code = module.run([*map(str, words), '--workers', '1'])
        return code, *capsys.readouterr()

    return call


def write_split(annotations, images, segments):
    images.mkdir(parents=True)
    segments.mkdir(parents=True)
    annotations.parent.mkdir(exist_ok=True)
    Image.fromarray(np.arange(1200, dtype=np.uint8).reshape(20, 20, 3)).save(images / 'a.png')
    write_panoptic_png(segments / 'a.png', np.full((20, 20), 5))
    segment = dict(id=5, category_id=1, area=400, bbox=[0, 0, 20, 20], iscrowd=0)
    content = dict(
        images=[dict(id=1, file_name='a.png', width=20, height=20)],
        annotations=[dict(image_id=1, file_name='a.png', segments_info=[segment])],
        categories=[dict(id=1, name='cat', isthing=1)],
    )
    annotations.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ('annotations', 'images', 'segments'),
    [
        ('panoptic_val.json', 'images/val', 'panoptic_val'),
        ('ade20k_panoptic_val.json', 'images/validation', 'ade20k_panoptic_val'),
        ('annotations/panoptic_val2017.json', 'val2017', 'annotations/panoptic_val2017'),
    ],
)
def test_layouts_are_found_and_the_page_is_named(call, tmp_path, annotations, images, segments):
    write_split(*(tmp_path / name for name in (annotations, images, segments)))
    code, out, err = call(tmp_path)
    page = tmp_path / 'browse.html'
    assert (code, err) == (0, '')
    assert out.splitlines() == [
        f'{tmp_path.name}: 1 picture, 1 segments, 1 classes, 0% void',
        f'next: open {page}',
    ]
    assert page.read_text().count('<figure') == 1


def test_files_may_be_named_and_oddities_are_told(call, tmp_path):
    files = (tmp_path / 'x.json', tmp_path / 'i', tmp_path / 's')
    write_split(*files)
    (tmp_path / 'i/a.png').unlink()
    named = ('--ann', files[0], '--images', files[1], '--segments', files[2])
    code, out, _ = call(*named, '--out', tmp_path / 'new/page.html')
    assert code == 0
    assert 'odd: missing or unreadable files: 1 of 1 pictures' in out
    assert out.endswith(f'next: open {tmp_path}/new/page.html\n')


def test_what_is_wrong_is_one_line(call, tmp_path):
    write_split(tmp_path / 'panoptic_val.json', tmp_path / 'images/val', tmp_path / 'panoptic_val')
    (tmp_path / 'mine.html').write_text('mine')
    (tmp_path / 'bad.json').write_text('{')
    (tmp_path / 'empty').mkdir()
    folders = ('--images', tmp_path, '--segments', tmp_path)
    for words, said in (
        ((), 'no data set; give its FOLDER'),
        ((tmp_path / 'none',), 'none is no folder'),
        ((tmp_path / 'empty',), 'tools/prepare_data.py, or give --ann'),
        ((tmp_path, '--split', 'train'), 'has no split train, only val'),
        ((tmp_path, '--ann', 'x.json'), 'not both'),
        (('--ann', 'x.json'), 'go together'),
        (('--ann', tmp_path / 'none.json', *folders), 'none.json is no file'),
        (('--ann', tmp_path / 'bad.json', *folders), 'bad.json: '),
        (
            ('--ann', tmp_path / 'bad.json', '--images', 'none', '--segments', tmp_path),
            'no folder none',
        ),
        ((tmp_path, '--out', tmp_path / 'page.txt'), 'does not end in .html'),
        ((tmp_path, '--out', tmp_path / 'mine.html'), '--force to replace it'),
        ((tmp_path, '--out', tmp_path / 'mine.html/page.html'), 'cannot write'),
    ):
        code, out, err = call(*words)
        assert (code, out, err.count('\n')) == (1, '', 1), words
        assert err.startswith('error: ') and said in err
    assert (tmp_path / 'mine.html').read_text() == 'mine'
