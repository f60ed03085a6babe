import hashlib
import math
import os
import signal
import sqlite3
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.prompts.feature_cache import FeatureCache

DECIDING = dict(architecture='RN50', weights_digest='aa', precision='fp32', templates=['a {}.'])
NAMES = ['cat', 'dog', '狗']


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'embd' / 'features.sqlite'


def features(seed=0, count=3):
    torch.manual_seed(seed)
    return F.normalize(torch.randn(count, 8), dim=-1)


def test_what_was_put_is_found_bit_by_bit_by_another_instance(path):
    FeatureCache(path, DECIDING, 8).put(NAMES, features())
    found = FeatureCache(path, dict(reversed(DECIDING.items())), 8).get([*NAMES, 'cow'])
    assert list(found) == NAMES
    assert torch.equal(torch.stack(list(found.values())), features())


@pytest.mark.parametrize(
    'change',
    [
        dict(architecture='RN101'),
        dict(weights_digest='ab'),
        dict(precision='bf16'),
        dict(templates=['a {}']),
        dict(templates=['a {}.', 'the {}.']),
    ],
)
def test_nothing_is_shared_across_what_decides_the_features(path, change):
    FeatureCache(path, DECIDING, 8).put(NAMES, features())
    assert FeatureCache(path, {**DECIDING, **change}, 8).get(NAMES) == {}


def test_a_damaged_entry_is_not_taken(path):
    FeatureCache(path, DECIDING, 8).put(NAMES, features())
    with sqlite3.connect(path) as connection:
        rows = connection.execute('SELECT key, value FROM features').fetchall()
        key, value = rows[0]
        damaged = value[:-1] + bytes([value[-1] ^ 1])
        connection.execute('UPDATE features SET value = ? WHERE key = ?', (damaged, key))
    assert len(FeatureCache(path, DECIDING, 8).get(NAMES)) == 2


def entry(values):
    """As the cache packs a feature."""
    content = torch.as_tensor(values, dtype=torch.float32).numpy().tobytes()
    return hashlib.sha256(content).digest()[:8] + content


@pytest.mark.parametrize(
    'value',
    [
        entry([math.nan] * 8),
        entry([math.inf] + [0.0] * 7),
        entry([0.0] * 8),
        entry([0.5] * 8),
        entry([1.0]),
        entry([1.0] + [0.0] * 8),
        b'',
        'text',
        7,
    ],
)
def test_an_entry_that_no_feature_can_be_is_dropped(path, value):
    cache = FeatureCache(path, DECIDING, 8)
    cache.put(NAMES, features())
    with sqlite3.connect(path) as connection:
        connection.execute('UPDATE features SET value = ?', (value,))
    assert cache.get(NAMES) == {}
    with sqlite3.connect(path) as connection:
        assert connection.execute('SELECT count(*) FROM features').fetchone() == (0,)
    cache.put(NAMES, features())
    assert list(cache.get(NAMES)) == NAMES


@pytest.mark.parametrize('which', ['folder', 'file'])
def test_a_cache_that_others_may_write_to_is_not_used(path, which):
    FeatureCache(path, DECIDING, 8).put(NAMES, features())
    (path if which == 'file' else path.parent).chmod(0o777)
    cache = FeatureCache(path, DECIDING, 8)
    with pytest.warns(UserWarning, match=r'is not used: others may write to .*; chmod go-w it'):
        assert cache.get(NAMES) == {}


def test_those_unused_for_longest_go_first_when_the_bound_is_reached(path, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr('time.time', lambda: float(next(clock)))
    cache = FeatureCache(path, DECIDING, 8, max_bytes=3 * len(entry([0.0] * 8)))
    for name in ('a', 'b', 'c'):
        cache.put([name], features(count=1))
    assert list(cache.get(['a'])) == ['a']
    cache.put(['d'], features(count=1))
    assert sorted(cache.get(['a', 'b', 'c', 'd'])) == ['a', 'c', 'd']


def test_the_file_stays_near_its_bound(path):
    cache = FeatureCache(path, DECIDING, 128, max_bytes=1_000_000)
    for start in range(0, 10_000, 1000):  # half a megabyte each
        names = [f'name {i}' for i in range(start, start + 1000)]
        cache.put(names, F.normalize(torch.rand(1000, 128), dim=-1))
    assert path.stat().st_size < 2_500_000


@pytest.mark.parametrize('content', [b'', b'this is no database' * 1000])
def test_a_file_that_is_no_cache_is_left_alone_with_one_warning(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    cache = FeatureCache(path, DECIDING, 8)
    if not content:
        assert cache.get(NAMES) == {}
        return
    with pytest.warns(UserWarning, match='feature cache .* is not used') as caught:
        assert cache.get(NAMES) == {}
        cache.put(NAMES, features())
    assert len(caught) == 1
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_one_warning(tmp_path):
    (tmp_path / 'file').write_text('')
    cache = FeatureCache(tmp_path / 'file' / 'features.sqlite', DECIDING, 8)
    with pytest.warns(UserWarning, match='is not used'):
        assert cache.get(NAMES) == {}


PUT_FOREVER = """
import math, sys, torch
from pathlib import Path
from seg.text_classifier.prompts.feature_cache import FeatureCache
cache = FeatureCache(Path(sys.argv[1]), {'a': 1}, 64)
offset = int(sys.argv[2])
for step in range(int(sys.argv[3])):
    names = [str(offset + step * 50 + i) for i in range(50)]
    cache.put(names, torch.tensor([[math.cos(int(n)), math.sin(int(n))] + [0] * 62 for n in names]))
    print(step, flush=True)
"""


def writer(path, offset, steps):
    return subprocess.Popen(
        [sys.executable, '-c', PUT_FOREVER, str(path), str(offset), str(steps)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_writer_leaves_only_true_entries(path):
    process = writer(path, 0, 100_000)
    for _ in range(5):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    found = FeatureCache(path, {'a': 1}, 64).get([str(i) for i in range(2000)])
    assert len(found) >= 250 and len(found) % 50 == 0
    for name, feature in found.items():
        assert feature[:2].tolist() == pytest.approx([math.cos(int(name)), math.sin(int(name))])


def test_several_processes_write_at_once_and_nothing_is_lost(path):
    processes = [writer(path, offset, 5) for offset in (0, 1000, 2000)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    names = [str(offset + i) for offset in (0, 1000, 2000) for i in range(250)]
    assert len(FeatureCache(path, {'a': 1}, 64).get(names)) == 750
