"""Interruption, other settings, and folders that are somebody else's."""

import json

import pytest


@pytest.fixture
def data(sources, prepare, tmp_path):
    """Runs the tool on the same masks with further arguments; gives its folder and what it said."""
    source, arguments, _ = sources['masks']
    out = tmp_path / 'toys'

    def call(*more):
        return out, *prepare(source, out, *arguments, *more)

    call()
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
    assert (out / 'classes.txt.old').read_text() == edited != names.read_text()


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
    for arguments in (['--val', '1'], ['--min-area', '-1'], ['--instances', 'none']):
        assert prepare(source, tmp_path / 'out', *arguments)[0] == 2
