from seg.datasets.ade20k.layout import find_ade_root


def test_the_root_is_the_one_given_then_the_environments_then_data(tmp_path, monkeypatch):
    monkeypatch.delenv('ADE20K_ROOT', raising=False)
    monkeypatch.chdir(tmp_path)
    assert find_ade_root().as_posix() == 'data/ADEChallengeData2016'
    monkeypatch.setenv('ADE20K_ROOT', str(tmp_path / 'env'))
    assert find_ade_root() == tmp_path / 'env'
    inner = tmp_path / 'given' / 'ADEChallengeData2016'
    inner.mkdir(parents=True)
    assert find_ade_root(tmp_path / 'given') == find_ade_root(inner) == inner
