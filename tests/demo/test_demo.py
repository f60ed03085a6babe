"""The steps of ``make demo`` and its report, on small inputs; ``make demo`` itself runs all of it."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _demo_folder(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'demo'))


@pytest.fixture
def steps(tmp_path):
    from steps import Steps

    return Steps(tmp_path, tmp_path / 'out', project='1')


def script(tmp_path, text):
    (tmp_path / 'script.py').write_text(text)
    return 'script.py'


def test_a_step_shows_its_command_and_output_and_keeps_a_log(steps, tmp_path, capsys):
    steps.run(
        'Says hello', script(tmp_path, 'import sys; print("hello", sys.argv[1:])'), 'a b', 'c'
    )
    shown = capsys.readouterr().out
    assert "$ python script.py 'a b' c" in shown and "hello ['a b', 'c']" in shown
    assert steps.done[0].title == 'Says hello'
    assert 'hello' in (tmp_path / 'out/logs/1_script.log').read_text()


def test_of_a_log_only_the_lines_asked_for_are_shown(steps, tmp_path, capsys):
    name = script(tmp_path, 'import sys; print("keep 1"); print("drop", file=sys.stderr)')
    steps.run('x', name, show=lambda line: line.upper() if line.startswith('keep') else None)
    shown = capsys.readouterr().out
    assert 'KEEP 1' in shown and 'drop' not in shown
    assert 'drop' in (tmp_path / 'out/logs/1_script.log').read_text()


def test_a_step_that_fails_ends_the_demo_with_its_last_words(steps, tmp_path):
    with pytest.raises(OSError, match=r'script.py ended with exit code 3, see .*log: bad luck'):
        steps.run('x', script(tmp_path, 'print("bad luck"); raise SystemExit(3)'))
    assert not steps.done


def run_named(steps, name, number, *, needs=()):
    """A step that makes ``made_NAME.txt`` from a number; returns whether it ran."""
    made = steps.root / f'made_{name}.txt'
    times = len(made.read_text()) if made.exists() else 0
    steps.run(
        'x',
        f'script.py {made} {number}',
        name=name,
        makes=[made],
        needs=needs,
        show=lambda line: None,
    )
    return len(made.read_text()) > times


@pytest.fixture
def again(tmp_path):
    """Gives the steps of another run in the same folder."""
    from steps import Steps

    script(tmp_path, 'import sys; open(sys.argv[1], "a").write("x")')
    return lambda project='1', **options: Steps(tmp_path, tmp_path / 'out', project, **options)


def test_a_later_run_takes_what_was_made_from_the_same_and_says_so_in_one_line(again, capsys):
    first = again()
    assert run_named(first, 'data', 1) and run_named(first, 'training', 1, needs=['data'])
    capsys.readouterr()
    later = again()
    assert not run_named(later, 'data', 1) and not run_named(later, 'training', 1, needs=['data'])
    later.say_what_is_reused()
    said = capsys.readouterr().out.strip()
    assert said.startswith('== Reused from 20') and ': data, training. ' in said
    assert '--again' in said and '\n' not in said
    assert [bool(step.reused) for step in later.done] == [True, True]
    assert not any(step.reused for step in first.done)


@pytest.mark.parametrize('change', ['option', 'need', 'code', 'again', 'file', 'gone', 'record'])
def test_what_something_has_changed_for_is_made_anew(again, tmp_path, change):
    first = again()
    run_named(first, 'data', 1)
    run_named(first, 'training', 1, needs=['data'])
    made = tmp_path / 'made_training.txt'
    if change == 'file':
        made.write_text('mine')
    if change == 'gone':
        made.unlink()
    if change == 'record':
        (tmp_path / 'out/made_from.json').write_text('{"data": 3')
    later = again('2' if change == 'code' else '1', again=change == 'again')
    assert run_named(later, 'data', 2 if change == 'need' else 1) == (
        change in ('need', 'code', 'again', 'record')
    )
    assert run_named(later, 'training', 2 if change == 'option' else 1, needs=['data'])


def test_a_step_that_failed_is_made_anew(again, tmp_path):
    run_named(again(), 'data', 1)
    script(tmp_path, 'raise SystemExit(1)')
    with pytest.raises(OSError):
        run_named(again(again=True), 'data', 1)
    script(tmp_path, 'import sys; open(sys.argv[1], "a").write("x")')
    assert run_named(again(), 'data', 1)


def test_the_record_covers_code_configs_weights_and_versions(tmp_path, monkeypatch):
    import record

    (tmp_path / 'a.py').write_text('1')
    monkeypatch.setattr(record, '_CODE', (tmp_path,))
    first = record.project_digest()
    (tmp_path / '__pycache__').mkdir()
    (tmp_path / '__pycache__/a.pyc').write_text('2')
    assert record.project_digest() == first
    (tmp_path / 'a.py').write_text('2')
    assert record.project_digest() != first
    (tmp_path / 'a.py').write_text('1')
    monkeypatch.setattr(record, 'version', lambda name: '0')
    assert record.project_digest() != first


@pytest.mark.parametrize(
    ('options', 'words'), [(['--images', '0'], 'at least 1'), (['--epochs', 'x'], 'invalid int')]
)
def test_a_bad_option_is_refused_before_anything_runs(tmp_path, capsys, options, words):
    import demo

    with pytest.raises(SystemExit):
        demo.run(['--out-dir', str(tmp_path / 'out'), *options])
    assert words in capsys.readouterr().err and not (tmp_path / 'out').exists()


@pytest.mark.parametrize('words', [' ; ', 'ball; ball', 'grass; ball'])
def test_words_that_are_empty_or_the_same_are_refused_before_anything_runs(tmp_path, capsys, words):
    import demo

    assert demo.run(['--out-dir', str(tmp_path / 'out'), '--classes', words]) == 1
    assert capsys.readouterr().err.startswith('error: ') and not (tmp_path / 'out').exists()


def test_the_picture_is_the_first_with_the_most_classes(tmp_path):
    from demo import most_varied_image

    segments = {'a': [0, 0, 0, 1], 'b': [2, 1, 0], 'c': [0, 1, 2, 2]}
    content = {
        'images': [{'id': name, 'file_name': f'{name}.jpg'} for name in segments],
        'annotations': [
            {'image_id': name, 'segments_info': [{'category_id': i} for i in own]}
            for name, own in segments.items()
        ],
    }
    (tmp_path / 'ade20k_panoptic_val.json').write_text(json.dumps(content))
    assert most_varied_image(tmp_path) == tmp_path / 'images/validation/b.jpg'


def test_lines_of_training_become_progress_and_others_are_left_out():
    from demo import _progress_of_training

    step = (
        '11/24 22:40:46 - mmengine - INFO - Epoch(train) [1][ 10/50]  base_lr: 1.0e-03 lr: 1.0e-03  '
        'eta: 0:01:16  time: 1.0  data_time: 0.1  grad_norm: 20.0  loss: 15.8613  loss_cls: 2.48'
    )
    assert _progress_of_training(step) == 'training [1][ 10/50], loss 15.8613, 0:01:16 left'
    scores = (
        'x - Epoch(val) [1][150/150]    PQ: 20.1  SQ: 70.0  PQ_seen: 25.0  PQ_unseen: 5.5  mIoU: 3'
    )
    assert _progress_of_training(scores) == 'PQ 20.1, seen 25.0, unseen 5.5'
    assert _progress_of_training('Config:') is None


def test_the_log_of_a_training_becomes_curves(tmp_path):
    from report.charts import draw_loss, draw_quality, read_scalars
    from report.page import _fell, _rose

    folder = tmp_path / '20260101_000000' / 'vis_data'
    folder.mkdir(parents=True)
    lines = [{'loss': 9.0, 'step': 10}, {'loss': 5.0, 'step': 20}]
    lines.append({'PQ': 3.0, 'PQ_seen': 4.0, 'PQ_unseen': 1.0, 'step': 1})
    (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, lines)))
    losses, scores = read_scalars(tmp_path)
    assert losses == [(10, 9.0), (20, 5.0)] and scores == [(1, 4.0, 1.0)]
    assert len(draw_loss(losses).axes[0].lines) == 1
    assert len(draw_quality(scores).axes[0].lines) == 2
    # The shortest training there is: one point, which a line alone would not show.
    assert draw_loss(losses[:1]).axes[0].lines[0].get_marker() == '.'
    assert _fell(losses[:1]) == 'Loss: 9.0 in 10 steps.'
    assert _fell(losses) == 'Loss: from 9.0 to 5.0 in 20 steps.'
    assert _rose(scores) == 'PQ after 1 epoch: 4.0 seen, 1.0 unseen.'


def test_classes_stand_in_the_order_of_their_quality_and_absent_ones_are_left_out():
    from report.charts import class_bars

    classes = [
        {'name': 'low', 'PQ': 10.0, 'is_seen': True},
        {'name': 'absent', 'PQ': None, 'is_seen': True},
        {'name': 'high <b>', 'PQ': 90.0, 'is_seen': False},
    ]
    bars = class_bars(classes)
    assert re.findall(r'<span>(.*?)</span>', bars) == ['high &lt;b&gt;', 'low']
    assert re.findall(r'([\d.]+)<small> unseen', bars) == ['90.0']


def test_a_quality_that_nothing_was_measured_for_is_a_dash():
    from report.charts import quality

    assert [quality(value) for value in (85.25, None, float('nan'))] == ['85.2', '–', '–']


def found_page(tmp_path, segments, words):
    from report.found import found_with_words

    Image.new('RGB', (8, 6)).save(tmp_path / 'a.jpg.png')
    (tmp_path / 'a.jpg.json').write_text(json.dumps({'segments': segments}))
    return found_with_words(tmp_path, Path('images/a.jpg'), words)


def test_the_report_says_what_was_found_and_which_words_training_had(tmp_path):
    segments = [
        {'name': 'scarlet disc', 'label': 0, 'is_thing': True, 'score': 0.9},
        {'name': 'violet wedge', 'label': 1, 'is_thing': True, 'score': 0.8},
    ]
    page = found_page(tmp_path, segments, ('scarlet disc; violet wedge', 'sky;'))
    assert 'training had 2 of these 3 classes' in page  # a word for red circles, and the sky
    rows = re.findall(r'<bdi>(.*?)</bdi>.*?<td>(yes|no)</td><td>(.*?)</td>', page)
    assert rows == [('scarlet disc', 'yes', '0.90'), ('violet wedge', 'no', '0.80')]
    assert 'alt="a.jpg with 2 segments' in page and 'width="8" height="6"' in page


def test_the_report_says_that_nothing_was_found_and_escapes_words(tmp_path):
    page = found_page(tmp_path, [], ('<script>;', 'sky;'))
    assert 'No segment was found' in page and '&lt;script&gt;' in page and '<script>' not in page


def test_the_next_command_keeps_the_options_that_reuse_depends_on(tmp_path):
    from next_steps import next_steps

    import demo

    args = demo.parse_args(['--images', '60', '--out-dir', 'a b', '--classes', 'ball'])
    options = demo.changed_options(args)
    assert options == {'out_dir': 'a b', 'images': 60}
    command = next_steps(options, tmp_path, 'config.py')[0].command
    assert " --out-dir 'a b' --images 60 --classes '" in command and 'ball' not in command


def test_the_report_needs_no_network_and_its_script_alone_may_run():
    from report.frame import whole_page
    from report.style import SCRIPT

    page = whole_page('')
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page and "default-src 'none'" in page
    assert '://' not in page
