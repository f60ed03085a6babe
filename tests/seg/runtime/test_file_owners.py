import grp
import os
import pwd

import pytest

from seg.runtime.file_owners import others_may_write


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'file'
    path.touch(0o644)
    return path


@pytest.mark.parametrize(('mode', 'others'), [(0o600, False), (0o644, False), (0o646, True)])
def test_the_mode_tells(file, mode, others):
    file.chmod(mode)
    assert others_may_write(file) is others


def test_what_is_not_there_is_nobody_elses(tmp_path):
    assert not others_may_write(tmp_path / 'none')


def test_a_file_of_another_user_is_anothers(file, monkeypatch):
    owner = file.stat().st_uid
    monkeypatch.setattr(os, 'getuid', lambda: owner + 1)
    assert others_may_write(file) is (owner != 0)  # root may write anything anyway


@pytest.mark.parametrize(
    ('name', 'members', 'others'),
    [('me', [], False), ('me', ['me'], False), ('me', ['you'], True), ('staff', [], True)],
)
def test_the_group_of_the_users_own_name_is_the_user(file, monkeypatch, name, members, others):
    file.chmod(0o664)
    monkeypatch.setattr(pwd, 'getpwuid', lambda _: pwd.struct_passwd(('me', '', 1, 1, '', '', '')))
    monkeypatch.setattr(grp, 'getgrgid', lambda g: grp.struct_group((name, '', g, members)))
    assert others_may_write(file) is others
