"""A grammar that another process is writing, or that a kill left half written, is made anew."""

import os
import subprocess
import sys

import pytest

FORMAT = (
    'import seg; from mmengine.config import Config; print(Config(dict(a=1)).pretty_text, end="")'
)


def formatted(cache):
    """What a process of its own says, which finds its caches in a folder."""
    environment = {**os.environ, 'XDG_CACHE_HOME': str(cache)}
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', FORMAT],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='XDG_CACHE_HOME is for Linux')
def test_a_config_is_formatted_whatever_lies_in_the_cache(tmp_path):
    assert formatted(tmp_path) == 'a = 1\n'
    files = sorted(tmp_path.rglob('*.pickle'))
    assert len(files) == 2
    whole = [file.read_bytes() for file in files]
    for content in (b'', whole[0][:4000]):
        for file in files:
            file.write_bytes(content)
        assert formatted(tmp_path) == 'a = 1\n'
        assert [len(file.read_bytes()) for file in files] == [len(own) for own in whole]
