"""``tools/inspect_cls.py`` as a person uses it, on classifiers of made-up features."""

import importlib.util
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.storage import save_classifier

ROOT = Path(__file__).parents[2]
CLASSES = ('cat,kitten', 'dog,puppy', 'grass')
# Directions that make a puppy almost a kitten and leave grass alone.
FEATURES = {
    'cat': (1.0, 0, 0, 0),
    'kitten': (0.8, 0.6, 0, 0),
    'dog': (0, 0, 1.0, 0),
    'puppy': (0.6, 0.8, 0, 0),
    'grass': (0, 0, 0, 1.0),
    'lawn': (0, 0, 0.1, 0.9),
    'sky': (0, -1.0, 0, 0),
}


@pytest.fixture
def make(tmp_path):
    """Saves a classifier; returns its path."""

    def call(name, classes=CLASSES, features=FEATURES, size=4, **manifest):
        settings = dict(model_name='ViT', dataset_name='Mine', architecture='ViT', precision='fp32')
        settings |= dict(templates=['{}'], pretrained='tag', weights_digest='a' * 64) | manifest
        candidates = split_classes(classes)
        rows = torch.tensor([features[word] for word in distinct_candidates(candidates)])
        rows = F.normalize(F.pad(rows, (0, size - 4)), dim=-1)
        path = tmp_path / 'embd' / f'{name}.pth'
        save_classifier(
            path,
            assemble_classifier(rows, candidates),
            build_manifest(classes=classes, **settings),
        )
        return path

    return call


@pytest.fixture
def inspect(capsys):
    """Runs the tool; returns exit code, standard output and standard error."""
    spec = importlib.util.spec_from_file_location('inspect_cls', ROOT / 'tools/inspect_cls.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    def call(*args):
        try:
            code = tool.run([str(arg) for arg in args])
        except SystemExit as stop:  # argparse
            code = stop.code
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


def row(out, name):
    """The cells of the class in the table of classes or of common classes."""
    found = [line for line in out.splitlines() if name in line.split('  ')[:3]]
    assert len(found) == 1, out
    return [cell.strip() for cell in found[0].split('  ') if cell.strip()]


def test_each_class_has_its_candidates_and_nearest_classes(make, inspect):
    code, out, err = inspect(make('ViT_Mine'))
    assert (code, err) == (0, '')
    assert row(out, 'cat') == ['0', 'cat', '0.800', 'dog 0.960, grass 0.000', 'cat, kitten']
    assert row(out, 'dog')[2:4] == ['0.000', 'cat 0.960, grass 0.000']
    assert row(out, 'grass')[2] == '-'
    assert 'classes:    3, 5 candidates, at most 2 a class' in out


def test_the_words_that_make_two_classes_alike_are_named(make, inspect):
    _, out, _ = inspect(make('ViT_Mine'), '--pairs', '1')
    pairs = out.partition('most confusable classes (cosine):\n')[2].splitlines()
    assert pairs == ["  0.960  cat / dog  (by 'kitten' and 'puppy')"]


def test_a_name_is_looked_up_in_the_root(make, inspect, monkeypatch):
    path = make('ViT_Mine')
    monkeypatch.setenv('RPS_CLASSIFIER_ROOT', str(path.parent))
    assert str(path) in inspect('ViT_Mine')[1]


def test_one_class_has_no_neighbour(make, inspect):
    code, out, _ = inspect(make('ViT_Mine', classes=('grass,lawn',)))
    assert code == 0 and row(out, 'grass')[3] == '-' and 'confusable' not in out


def test_the_map_is_a_picture(make, inspect, tmp_path):
    code, out, _ = inspect(make('ViT_Mine'), '--sort', '--out', tmp_path / 'maps/map.png')
    assert code == 0 and f'similarity map: {tmp_path}/maps/map.png' in out
    assert (tmp_path / 'maps/map.png').read_bytes().startswith(b'\x89PNG')


def test_a_file_against_itself_differs_in_nothing(make, inspect):
    path = make('ViT_Mine')
    _, out, _ = inspect(path, '--against', path)
    report = out.partition(f'against {path}\n')[2]
    assert 'made alike' in report
    assert '3 common, 0 added, 0 removed, 0 with other candidates\n' in report
    assert (
        report.count('1.0000') == 3 and ' there ' not in report.partition('common classes')[2][20:]
    )


def test_differences_of_the_vocabulary_are_told(make, inspect):
    new = make('new', classes=('grass,lawn', 'cat,kitten', 'sky'))
    _, out, _ = inspect(new, '--against', make('old'))
    report = out.partition('against ')[2]
    assert '2 common, 1 added, 1 removed, 1 with other candidates, in another order' in report
    assert '  added:   sky\n' in report and '  removed: dog\n' in report
    assert '  ~ grass: +lawn\n' in report


def test_the_class_that_moved_most_comes_first_with_its_nearest_class(make, inspect):
    moved = {**FEATURES, 'kitten': (0, 0, 0.6, 0.8)}
    new = make('new', features=moved, templates=['{}', 'a {}'], precision='bf16')
    _, out, _ = inspect(new, '--against', make('old'))
    report = out.partition('against ')[2]
    assert 'precision:  fp32 there, bf16 here' in report
    assert 'templates:  1 there, 2 here, 1 of them the same' in report
    table = report.partition('common classes, here against there:\n')[2].splitlines()
    assert table[1].split() == ['cat', '0.0000', 'kitten', 'grass', '(there', 'dog)']
    assert [line.split()[1] for line in table[2:]] == ['1.0000', '1.0000']


def test_other_weights_are_named_with_a_warning(make, inspect):
    new = make('new', pretrained=None, weights_digest='b' * 64)
    _, out, _ = inspect(new, '--against', make('old'))
    assert 'weights:    tag (aaaaaaaa) there, random weights (bbbbbbbb) here' in out
    assert 'trust the nearest classes' in out


def test_other_embedding_sizes_have_no_cosine(make, inspect):
    code, out, _ = inspect(make('new', size=8), '--against', make('old'))
    assert code == 0 and 'the embedding sizes are 4 there and 8 here' in out
    assert 'shape:      [3, 2, 4] there, [3, 2, 8] here' in out


def test_vocabularies_with_nothing_in_common(make, inspect):
    code, out, _ = inspect(make('new', classes=('sky',)), '--against', make('old'))
    assert code == 0 and 'no class is common to both' in out


@pytest.mark.parametrize(
    ('damage', 'words'),
    [
        ('missing', 'does not exist; make it with'),
        ('truncated', 'truncated'),
        ('no manifest', 'is missing'),
        ('against', 'none.pth does not exist'),
        ('format', "Format 'abc' is not supported"),
        ('folder', 'cannot write'),
    ],
)
def test_errors_are_one_line(make, inspect, tmp_path, damage, words):
    path = make('ViT_Mine')
    args = [path]
    if damage == 'missing':
        args = [tmp_path / 'none.pth']
    elif damage == 'truncated':
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == 'no manifest':
        path.with_suffix('.json').unlink()
    elif damage == 'against':
        args += ['--against', tmp_path / 'none.pth']
    elif damage == 'format':
        args += ['--out', tmp_path / 'map.abc']
    else:
        args += ['--out', path / 'map.png']
    code, out, err = inspect(*args)
    assert (code, out, err.count('\n')) == (1, '', 1)
    assert err.startswith('error: ') and words in err


@pytest.mark.parametrize('args', [['--neighbours', '0'], ['--pairs', '0'], ['--sort'], []])
def test_options_that_make_no_sense_are_refused(inspect, args):
    assert inspect(*(['file.pth', *args] if args else []))[0] == 2
