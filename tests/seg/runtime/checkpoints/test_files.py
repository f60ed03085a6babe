import warnings

import torch
from torch import nn

from seg.runtime.checkpoints.files import is_whole, latest_checkpoint


def save(path, model=None):
    torch.save({'state_dict': (model or nn.Linear(2, 3)).state_dict()}, path)
    return path


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def test_a_file_cut_short_is_not_whole(tmp_path):
    file = save(tmp_path / 'a.pth')
    assert is_whole(file)
    cut_short(file)
    assert not is_whole(file)
    (tmp_path / 'empty.pth').touch()
    assert not is_whole(tmp_path / 'empty.pth')


def test_old_files_of_pytorch_count(tmp_path):
    torch.save({}, tmp_path / 'old.pth', _use_new_zipfile_serialization=False)
    assert is_whole(tmp_path / 'old.pth')


def test_the_highest_epoch_is_the_latest(tmp_path):
    for name in ('epoch_9', 'epoch_10', 'best_PQ_epoch_11', 'iter_500'):
        save(tmp_path / f'{name}.pth')
    assert latest_checkpoint(tmp_path) == tmp_path / 'epoch_10.pth'
    assert latest_checkpoint(tmp_path / 'nowhere') is None


def test_what_last_checkpoint_names_comes_first(tmp_path):
    for name in ('epoch_1', 'epoch_2'):
        save(tmp_path / f'{name}.pth')
    (tmp_path / 'last_checkpoint').write_text('/where/it/was/before/epoch_1.pth')
    assert latest_checkpoint(tmp_path) == tmp_path / 'epoch_1.pth'
    (tmp_path / 'last_checkpoint').write_text('')  # a kill after the checkpoint itself
    assert latest_checkpoint(tmp_path) == tmp_path / 'epoch_2.pth'


def test_a_checkpoint_saved_elsewhere_is_found(tmp_path):
    file = save(tmp_path / 'elsewhere.pth')
    (tmp_path / 'work').mkdir()
    (tmp_path / 'work/last_checkpoint').write_text(str(file))
    assert latest_checkpoint(tmp_path / 'work') == file


def test_a_checkpoint_cut_short_is_passed_over_with_one_warning(tmp_path):
    for name in ('epoch_1', 'epoch_2'):
        save(tmp_path / f'{name}.pth')
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_2.pth'))
    cut_short(tmp_path / 'epoch_2.pth')
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        assert latest_checkpoint(tmp_path) == tmp_path / 'epoch_1.pth'
    assert [str(w.message) for w in caught] == [
        f'{tmp_path}/epoch_2.pth is cut short and passed over'
    ]
