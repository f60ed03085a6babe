"""Interruption, other settings, and folders that are somebody else's."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from own_data import write_label_images
from PIL import Image

from seg.datasets.own.prepare import prepare_data
from seg.datasets.own.prepare_picture import Rules
from seg.datasets.own.read import read_source
from seg.datasets.own.record import describe
from seg.datasets.own.source import Picture, Settings, Source, SourceClass


@pytest.fixture
def data(sources, prepare, tmp_path):
    """Runs the tool on the same masks with further arguments; gives its folder and what it said."""
    source, arguments, _ = sources['masks']
    out = tmp_path / 'toys'

    def call(*more):
        return out, *prepare(source, out, *arguments, *more)

    call()
    call.module = prepare.module
    return call


def contents(out):
    return {file.relative_to(out): file.read_bytes() for file in out.rglob('*') if file.is_file()}


def test_a_run_goes_on_where_it_was_interrupted(data):
    out, *_ = data()
    whole = contents(out)
    pngs = sorted(out.rglob('panoptic_*/*.png'))
    for file in (*out.glob('panoptic_*.json'), pngs[0]):
        file.unlink()
    pngs[1].write_bytes(pngs[1].read_bytes()[:40])
    times = {file: file.stat().st_mtime_ns for file in pngs[2:]}
    _, code, said, _ = data()
    assert code == 0 and '3 pictures to train on, 1 to validate' in said
    assert contents(out) == whole
    assert {file: file.stat().st_mtime_ns for file in pngs[2:]} == times
    _, code, said, _ = data()
    assert code == 0 and f'{out} is there already; --force makes it anew' in said


def test_other_settings_ask_for_force_which_keeps_edited_words(data):
    out, *_ = data()
    names = out / 'classes.txt'
    names.write_text(names.read_text().replace(': car', ': car,auto'))
    edited = names.read_text()
    _, code, _, err = data('--min-area', '5')
    assert code == 1 and err.startswith(f'error: {out} was prepared from other rules; --force')
    _, code, _, _ = data('--min-area', '5', '--force')
    assert code == 0 and names.read_text() == edited
    _, code, said, _ = data('--things', 'car', '--force')
    assert code == 0 and said.splitlines()[2].startswith('stuff: person')
    assert (out / 'classes.txt.old1').read_text() == edited != names.read_text()


def test_words_of_other_classes_are_put_aside_although_their_numbers_fit(prepare, tmp_path):
    labels = write_label_images(tmp_path, 2)
    out = tmp_path / 'out'
    assert prepare(labels, out, '--names', 'sky; car; road')[0] == 0
    (out / 'classes.txt.old1').write_text('mine')
    names = out / 'classes.txt'
    names.write_text(before := names.read_text().replace(': car', ': car,auto'))
    code, said, _ = prepare(labels, out, '--names', 'tree; dog; house', '--force')
    assert code == 0 and '2: dog' in names.read_text() and 'auto' not in names.read_text()
    assert f'names and synonyms of before, which do not fit: {out}/classes.txt.old2\n' in said
    kept = [(out / f'classes.txt.old{number}').read_text() for number in (1, 2)]
    assert kept == ['mine', before]


def test_a_changed_label_is_said_and_made_anew_by_force(prepare, tmp_path):
    labels = write_label_images(tmp_path, 2)
    out, names = tmp_path / 'out', ('--names', 'sky; car; road')
    assert prepare(labels, out, *names)[0] == 0
    assert prepare(labels, out, *names)[1].startswith(f'{out} is there already')
    whole = contents(out)
    for file, what in (
        (labels / 'photo 0.png', 'labels'),
        (labels.parent / 'images/photo 0.png', 'pictures'),
    ):
        new = tmp_path / 'new.png'
        Image.fromarray(np.zeros((48, 64), np.uint8)).save(new)
        new.replace(file)
        code, _, err = prepare(labels, out, *names)
        assert code == 1 and err.startswith(f'error: {out} was prepared from other {what}; --force')
        assert prepare(labels, out, *names, '--force')[0] == 0
    changed = {str(file) for file, content in contents(out).items() if whole.get(file) != content}
    split = 'val' if (out / 'images/val/photo 0.png').is_file() else 'train'
    assert {f'images/{split}/photo 0.png', f'panoptic_{split}/photo 0.png'} <= changed


def test_a_damaged_record_is_said(data):
    out, *_ = data()
    (out / 'preparation.json').write_text('{"rules": ')
    _, code, _, err = data()
    assert code == 1 and err.startswith(
        f'error: {out} has no whole preparation.json; --force makes'
    )


def test_changed_numbers_are_other_labels_and_another_share_other_splits(prepare, tmp_path):
    labels, out = write_label_images(tmp_path, 4), tmp_path / 'out'
    assert prepare(labels, out, '--names', '0: sky; 1: car')[0] == 0
    for changed, what in (
        (['--names', '0: sky; 2: car'], 'labels'),
        (['--names', '0: sky; 1: car', '--val', '0.5'], 'splits'),
    ):
        code, _, err = prepare(labels, out, *changed)
        assert code == 1 and f'was prepared from other {what}; --force' in err


def test_the_labels_of_every_format_are_in_the_record(sources):
    for name, (source, arguments, _) in sources.items():
        named = dict(zip(arguments[::2], arguments[1::2], strict=True)).get('--names')
        own = read_source(source, Settings(names=named))
        record = describe(own, 'toys', Rules())
        assert record == json.loads(json.dumps(describe(own, 'toys', Rules()))), name
        first = own.pictures[0]
        other = replace(own, pictures=(first._replace(record=None), *own.pictures[1:]))
        assert describe(other, 'toys', Rules())['labels'] != record['labels'], name


def test_two_pictures_of_one_png_are_named_before_anything_is_written(tmp_path):
    pictures = [Picture(name, Path(name), 'train', None) for name in ('a.jpg', 'b.jpg', 'a.png')]
    source = Source('semantic', (SourceClass('sky', 'sky', False),), tuple(pictures), len)
    with pytest.raises(ValueError) as error:
        prepare_data(source, tmp_path / 'out', 'toys', rules=Rules())
    assert str(error.value) == 'a.jpg and a.png would both become train/a.png; rename one of them'
    assert not (tmp_path / 'out').exists()


def test_a_page_of_somebody_else_stands_and_an_old_one_goes(data, monkeypatch):
    out, *_ = data()
    page = out / 'browse.html'
    ours = page.read_text()
    page.write_text('<h1>mine</h1>')
    annotations = (out / 'panoptic_val.json').stat()
    _, code, said, err = data('--force')
    assert code == 1 and err.startswith(f'error: {page} is no page of this command')
    assert page.read_text() == '<h1>mine</h1>'
    assert (out / 'panoptic_val.json').stat() == annotations
    page.write_text(ours)
    monkeypatch.setattr(data.module, '_ON_A_PAGE', 3)
    _, code, said, _ = data('--force')
    assert code == 0 and not page.exists() and 'browse_data.py' in said


def test_options_that_change_nothing_are_said(sources, prepare, tmp_path):
    given = [
        '--names',
        'sky',
        '--instances',
        'one',
        '--min-area',
        '5',
        '--val',
        '0.5',
        '--group',
        'x',
    ]
    _, said, err = prepare(sources['coco'][0], tmp_path / 'coco', *given, '--seed', '0')
    assert err.splitlines()[:6] == [
        'odd: --names has no effect, for coco names its classes itself',
        'odd: --instances has no effect, for coco marks each object by itself',
        'odd: --min-area has no effect, for coco marks each object by itself',
        'odd: --val has no effect, for the source has its own validation',
        'odd: --seed has no effect, for the source has its own validation',
        'odd: --group has no effect, for the source has its own validation',
    ]
    assert 'drawn' not in said
    labels = write_label_images(tmp_path)
    given = ['--names', 'sky; car; road', '--instances', 'one', '--min-area', '5', '--val', '0.4']
    _, said, err = prepare(labels, tmp_path / 'semantic', *given, '--things', 'car')
    assert err == 'odd: --min-area has no effect, for with --instances one nothing is taken apart\n'
    assert 'drawn for validation: 2 of 6 pictures (--val 0.4, --seed 0)\n' in said


def test_pictures_are_links_and_the_report_names_what_is_odd(data, sources):
    out, *_ = data()
    picture = out / 'images/val/d.jpg'
    assert picture.samefile(sources['masks'][0] / 'images/val/d.jpg')
    assert (out / 'report.txt').read_text() == 'nothing odd\n'
    annotations = json.loads((out / 'panoptic_val.json').read_text())
    assert annotations['info']['dataset_name'] == 'toys'
    assert {own['name'] for own in annotations['categories'] if own['isthing']} == {'car', 'person'}


def test_out_is_a_place_of_its_own(sources, prepare, tmp_path):
    source, *_ = sources['coco']
    file = source / 'annotations/instances_val.json'
    (tmp_path / 'link').symlink_to(source)
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full/diary.txt').write_text('dear')
    for own, out, words in (
        (source, source / 'out', f'OUT {source}/out lies in {source}, which is read'),
        (tmp_path / 'link', source, f'OUT {source} lies in {tmp_path}/link, which is read'),
        (file, file.parent / 'out', 'lies in'),
        (
            source / 'annotations',
            source,
            f'{source}/annotations, which is read, lies in OUT {source}',
        ),
        (source, tmp_path / 'full', 'full is there and was not made by this command'),
        (
            source,
            tmp_path / 'full/diary.txt',
            'diary.txt is there and was not made by this command',
        ),
        (source, tmp_path / 'full/diary.txt/out', 'cannot write'),
    ):
        code, _, err = prepare(own, out)
        assert code == 1 and words in err and err.count('\n') == 1
    assert [own.name for own in (tmp_path / 'full').iterdir()] == ['diary.txt']
    assert not (source / 'out').exists()


def test_what_is_asked_for_wrongly_is_one_line(sources, prepare, tmp_path):
    source, *_ = sources['coco']
    (tmp_path / 'empty').mkdir()
    for own, arguments, words in (
        (tmp_path / 'nowhere', [], 'nowhere does not exist'),
        (tmp_path / 'empty', [], 'no format fits; name it with --format, one of cityscapes, coco'),
        (source.parent, [], 'several formats fit, coco and labelme and panoptic'),
        (source, ['--format', 'png'], "format 'png' is none of cityscapes, coco"),
        (source, ['--format', 'yolo'], 'needs one data.yaml'),
        (source, ['--things', 'car,bus'], "--things names 'bus'; the classes are sky, vegetation"),
        (source, ['--name', 'a/b'], "'a/b' cannot be the dataset name"),
        (sources['semantic'][0], [], 'have the numbers 0, 1, 2, 3, 255; say what they stand for'),
    ):
        code, _, err = prepare(own, tmp_path / 'out', *arguments)
        assert code == 1 and words in err and err.count('\n') == 1, err
    assert not (tmp_path / 'out').exists()
    for arguments, words in (
        (['--val', '1'], "expected a share between 0 and 1, got '1'"),
        (['--min-area', '-1'], "expected a whole number from 0, got '-1'"),
        (['--instances', 'none'], "invalid choice: 'none'"),
        (['--group', '('], "'(' is no regular expression: missing ), unterminated subpattern"),
    ):
        code, _, err = prepare(source, tmp_path / 'out', *arguments)
        assert code == 2 and words in err.splitlines()[-1]


def test_a_group_that_is_not_found_is_said_alone(prepare, tmp_path):
    labels = write_label_images(tmp_path)
    _, _, err = prepare(labels, tmp_path / 'out', '--names', '0: sky', '--group', 'x')
    assert err == "error: --group 'x' is not found in 'photo 0'\n"
