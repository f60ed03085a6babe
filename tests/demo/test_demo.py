"""The steps of ``make demo`` and its report, on small inputs; ``make demo`` itself runs all of it."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _demo_folder(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'demo'))


@pytest.fixture
def steps(tmp_path):
    from steps import Steps

    return Steps(tmp_path, tmp_path / 'out')


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
    from report import draw_learning, read_scalars

    folder = tmp_path / '20260101_000000' / 'vis_data'
    folder.mkdir(parents=True)
    lines = [{'loss': 9.0, 'step': 10}, {'loss': 5.0, 'step': 20}]
    lines.append({'PQ': 3.0, 'PQ_seen': 4.0, 'PQ_unseen': 1.0, 'step': 1})
    (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, lines)))
    losses, scores = read_scalars(tmp_path)
    assert losses == [(10, 9.0), (20, 5.0)] and scores == [(1, 4.0, 1.0)]
    assert len(draw_learning(losses, scores).axes) == 2


def test_classes_stand_in_the_order_of_their_quality_and_absent_ones_are_left_out():
    from report import draw_classes

    classes = [
        {'name': 'low', 'PQ': 10.0, 'is_seen': True},
        {'name': 'absent', 'PQ': None, 'is_seen': True},
        {'name': 'high', 'PQ': 90.0, 'is_seen': False},
    ]
    labels = [label.get_text() for label in draw_classes(classes).axes[0].get_xticklabels()]
    assert labels == ['high', 'low']
