"""Memory that is given back holds what it held."""

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from seg.runtime.pages import keep_freed_memory, page_out

SCRIPT = """
import re, sys
from pathlib import Path
from safetensors import safe_open
from seg.runtime.pages import page_out

def resident():
    return int(re.search(r'RssFile:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])

with safe_open(sys.argv[1], framework='pt') as file:
    values = file.get_tensor('values')
before = resident()
total = values.sum()
read = resident()
page_out(values)
after = resident()
print(read - before, after - before, bool(values.sum() == total))
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'values.safetensors'
    save_file({'values': torch.ones(8 << 20)}, path)
    return path


@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='no /proc')
def test_the_pages_of_a_mapped_file_leave_memory(file):
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, file], capture_output=True, text=True, check=True
    )
    read, after, is_same = done.stdout.split()
    assert int(read) > 25_000  # KiB, of 32,768
    assert int(after) < 5_000
    assert is_same == 'True'


KEEPING = """
import resource, sys
import torch
from seg.runtime.pages import keep_freed_memory

if 'keep' in sys.argv:
    keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    torch.ones(12 << 20)
before = faults()
for _ in range(20):
    torch.ones(12 << 20)  # 48 MB
print(faults() - before)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != 'glibc', reason='another malloc gives memory back in its own way'
)
def test_freed_memory_is_used_again():
    usual, keeping = faults(), faults('keep')
    assert keeping < usual / 3


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='the settings are those of glibc')
def test_who_has_set_malloc_otherwise_is_not_overruled():
    own = faults('keep', MALLOC_MMAP_THRESHOLD_='131072')
    assert own > 3 * faults('keep')


@pytest.mark.parametrize('error', [OSError('no libc'), AttributeError('no mallopt')])
def test_another_libc_keeps_its_ways(error, monkeypatch):
    asked = []

    def load(name):
        asked.append(name)
        raise error

    for name in ('MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(ctypes, 'CDLL', load)
    keep_freed_memory()
    assert asked == [None]  # and no error came of it


def faults(*words: str, **settings: str) -> int:
    """Page faults of a process that allocates and frees the same again and again."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith('MALLOC_')}
    done = subprocess.run(
        [sys.executable, '-c', KEEPING, *words],
        capture_output=True,
        check=True,
        env={**plain, **settings},
    )
    return int(done.stdout)


def test_changed_values_stay(file):
    values = load_file(file)['values']
    values[1::2] = 2.0
    page_out(values)
    assert values.sum() == values.numel() * 1.5


@pytest.mark.parametrize('size', [0, 1, 1000, 5000, 1 << 20])
def test_own_memory_stays(size):
    values = torch.arange(size)
    page_out(values)
    page_out(values[1:])
    assert values.tolist() == list(range(size))


@pytest.mark.skipif(not Path('/proc/self/maps').exists(), reason='no /proc')
def test_only_tensors_of_files_are_counted(file):
    with safe_open(file, framework='pt') as opened:
        mapped = opened.get_tensor('values')
        assert page_out(mapped, torch.ones(1 << 20), mapped[1:], mapped[:3]) == 2


def test_without_proc_nothing_is_given_back(file, monkeypatch):
    def missing(_):
        raise FileNotFoundError('/proc/self/maps')

    with safe_open(file, framework='pt') as opened:
        mapped = opened.get_tensor('values')
        monkeypatch.setattr(Path, 'read_text', missing)
        assert page_out(mapped) == 0


def test_a_tensor_without_memory_is_left_alone():
    assert not page_out(torch.empty(3, device='meta'))
