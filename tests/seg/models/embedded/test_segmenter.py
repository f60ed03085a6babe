import pytest

from seg.models.embedded import segmenter as embedded
from seg.models.embedded.segmenter import checkpoint_file, embedded_model


@pytest.mark.parametrize('missing', ['CONFIG', 'CHECKPOINT'])
def test_what_is_not_there_is_named(missing, monkeypatch, tmp_path):
    for name in ('CONFIG', 'CHECKPOINT'):
        file = tmp_path / name
        monkeypatch.setattr(embedded, name, file)
        if name != missing:
            file.touch()
    with pytest.raises(FileNotFoundError, match=rf'{missing} is missing\); name a config'):
        embedded_model()
    (tmp_path / missing).touch()
    assert embedded_model() == (tmp_path / 'CONFIG', tmp_path / 'CHECKPOINT')


def test_the_checkpoint_that_ships_has_a_name():
    assert checkpoint_file('embedded') == str(embedded_model().checkpoint)
    assert checkpoint_file('work_dirs/epoch_1.pth') == 'work_dirs/epoch_1.pth'
