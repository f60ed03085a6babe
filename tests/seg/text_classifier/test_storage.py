import json
import os
import resource
import signal
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.storage import (
    load_classifier,
    read_classifier,
    remove_leftovers,
    save_classifier,
)

CLASSES = ['cat,kitten', 'dog']


def a_manifest(**changes):
    return build_manifest(
        model_name='RN50',
        dataset_name='Mine',
        classes=changes.get('classes', CLASSES),
        templates=['a {}.'],
        architecture='RN50',
        precision='fp32',
    )


def a_classifier(classes=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(classes, 2, 8, generator=generator), dim=-1)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / 'RN50_Mine.pth'
    save_classifier(path, a_classifier(), a_manifest())
    return path


def test_a_saved_classifier_reads_back(saved):
    assert torch.equal(load_classifier('RN50_Mine', saved.parent, CLASSES), a_classifier())
    assert torch.equal(torch.load(saved, weights_only=True), a_classifier())


def test_the_folder_holds_the_pair_and_nothing_else(saved):
    assert sorted(f.name for f in saved.parent.iterdir()) == ['RN50_Mine.json', 'RN50_Mine.pth']


def test_the_same_classifier_gives_the_same_bytes_under_any_name(saved, tmp_path):
    other = tmp_path / 'other' / 'X_Y.pth'
    save_classifier(other, a_classifier(), a_manifest())
    assert other.read_bytes() == saved.read_bytes()


def test_others_may_read_the_file_as_the_umask_says(saved):
    old = os.umask(0o022)
    try:
        save_classifier(saved, a_classifier(), a_manifest())
    finally:
        os.umask(old)
    assert saved.stat().st_mode & 0o777 == 0o644


def test_a_missing_file_is_an_error_with_the_path_and_the_command(tmp_path):
    name = 'convnext_large_d_320_ADE20KPanopticDataset'
    with pytest.raises(FileNotFoundError) as caught:
        load_classifier(name, tmp_path)
    assert str(tmp_path / f'{name}.pth') in str(caught.value)
    assert './gen_ade20k_classifier.sh' in str(caught.value)


def test_other_classes_are_refused_and_the_first_difference_is_named(saved):
    with pytest.raises(ValueError, match="class 1 is 'dog' there and 'cow' here"):
        load_classifier(str(saved), classes=['cat,kitten', 'cow'])
    with pytest.raises(ValueError, match='2 classes there and 3 here'):
        load_classifier(str(saved), classes=[*CLASSES, 'cow'])


class Payload:
    """Unpickling it would run a command."""

    def __reduce__(self):
        return os.system, ('touch /tmp/rps_was_run',)


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (Payload(), 'pickled object'),
        ({'a': a_classifier()}, 'holds a dict'),
        (torch.ones(2, 8), r'float32 tensor of shape \[2, 8\]'),
        (a_classifier().half(), 'float16 tensor'),
        (a_classifier() * 2, 'norms from 2 to 2'),
        (a_classifier() * float('nan'), 'norms'),
        (torch.ones(0, 2, 8), r'shape \[0, 2, 8\]'),
        (torch.eye(8)[0].expand(10**9, 10**3, 8), r'do not lie in order: strides \[0, 0, 1\]'),
        (a_classifier().transpose(0, 1), 'do not lie in order'),
        (a_classifier().to('meta'), 'without content'),
        (a_classifier().to_sparse(), 'a sparse'),
        (torch.nested.nested_tensor(list(a_classifier())), 'nested'),
    ],
)
def test_content_that_is_no_classifier_is_refused(saved, content, words):
    torch.save(content, saved)
    with pytest.raises(ValueError, match=words) as caught:
        load_classifier(str(saved))
    assert str(saved) in str(caught.value)
    assert '--force' in str(caught.value)


def test_a_torchscript_archive_is_refused(saved):
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(saved))
    with pytest.raises(ValueError, match='not a PyTorch file'):
        load_classifier(str(saved))


@pytest.mark.parametrize('content', [b'broken', b'<html>not found</html>', bytes(64)])
def test_a_file_of_something_else_is_refused(saved, content):
    saved.write_bytes(content)
    with pytest.raises(ValueError, match=r'not a PyTorch file|holds a pickled object'):
        load_classifier(str(saved))


@pytest.mark.parametrize('keep', [0, 1, 4, 10, 0.5, 0.99])
def test_a_truncated_file_is_refused(saved, keep):
    content = saved.read_bytes()
    saved.write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])
    with pytest.raises(ValueError, match='truncated'):
        load_classifier(str(saved))


def test_a_changed_value_is_noticed(saved):
    torch.save(a_classifier(seed=1), saved)
    with pytest.raises(ValueError, match='sha256'):
        load_classifier(str(saved))


def test_a_missing_manifest_is_an_error(saved):
    saved.with_suffix('.json').unlink()
    with pytest.raises(ValueError, match=r'manifest .* is missing'):
        load_classifier(str(saved))


@pytest.mark.parametrize(('key', 'value'), [('classes', 'cow'), ('candidates', ['cow'])])
def test_a_manifest_of_other_classes_is_an_error(saved, key, value):
    file = saved.with_suffix('.json')
    record = json.loads(file.read_text())
    record[key].append(value)
    file.write_text(json.dumps(record))
    with pytest.raises(ValueError, match=f'it has 2 classes, its manifest {key} of 3'):
        load_classifier(str(saved))


def run_saving(path, preparation):
    """Save another classifier over ``path`` in a process of its own, after ``preparation``."""
    program = f"""
import resource, os, signal, sys, torch
from pathlib import Path
from seg.text_classifier import storage
from seg.text_classifier.manifest import build_manifest
import torch.nn.functional as F
{preparation}
m = build_manifest(model_name='RN50', dataset_name='Mine', classes=['cow', 'owl', 'ant'],
                   templates=['a {{}}.'], architecture='RN50', precision='fp32')
try:
    storage.save_classifier(Path({str(path)!r}), F.normalize(torch.ones(3, 2, 8), dim=-1), m)
except OSError as error:
    sys.exit(f'error: {{error}}')
"""
    return subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)


def test_a_full_disk_leaves_the_old_pair(saved):
    limit = f'resource.setrlimit(resource.RLIMIT_FSIZE, (100, {resource.RLIM_INFINITY}))'
    done = run_saving(saved, limit)
    assert done.returncode == 1
    assert 'cannot write' in done.stderr and 'Traceback' not in done.stderr
    assert torch.equal(load_classifier(str(saved)), a_classifier())
    assert len(list(saved.parent.iterdir())) == 2


@pytest.mark.parametrize('when', ['before', 'after'])
@pytest.mark.parametrize(
    ('target', 'call'),
    [('fsync', 1), ('fsync', 2), ('unlink', 1), ('replace', 1), ('replace', 2)],
)
def test_a_kill_at_any_step_leaves_the_old_pair_or_none_or_the_new_one(saved, target, call, when):
    owner = 'os' if target == 'fsync' else 'Path'
    kill = f"""
calls, real = [], {owner}.{target}
def killed(*args, **kwargs):
    calls.append(1)
    if len(calls) == {call} and {when == 'before'}: os.kill(os.getpid(), signal.SIGKILL)
    result = real(*args, **kwargs)
    if len(calls) == {call}: os.kill(os.getpid(), signal.SIGKILL)
    return result
{owner}.{target} = killed
"""
    done = run_saving(saved, kill)
    assert done.returncode == -signal.SIGKILL
    if saved.exists():
        _, manifest = read_classifier(saved)
        assert manifest['classes'] in (CLASSES, ['cow', 'owl', 'ant'])
    else:
        with pytest.raises(FileNotFoundError):
            load_classifier(str(saved))
    remove_leftovers(saved)
    assert {file.name for file in saved.parent.iterdir()} <= {'RN50_Mine.json', 'RN50_Mine.pth'}


def test_the_new_pair_replaces_the_old_one(saved):
    assert run_saving(saved, '').returncode == 0
    assert load_classifier(str(saved), classes=['cow', 'owl', 'ant']).shape == (3, 2, 8)
