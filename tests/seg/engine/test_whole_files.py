from pathlib import Path

import pytest

from seg.engine.whole_files import write_whole


def test_the_old_content_is_replaced_and_nothing_else_is_left(tmp_path):
    file = tmp_path / 'a.bin'
    file.write_bytes(b'old')
    write_whole(file, b'new')
    assert file.read_bytes() == b'new' and list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_the_old_content_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / 'a.bin'
    file.write_bytes(b'old')

    def half(path, content):
        with path.open('wb') as written:
            written.write(content[:1])
        raise OSError('disk full')

    monkeypatch.setattr(Path, 'write_bytes', half)
    with pytest.raises(OSError, match='disk full'):
        write_whole(file, b'new')
    assert file.read_bytes() == b'old' and list(tmp_path.iterdir()) == [file]
