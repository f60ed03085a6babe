import warnings

import pytest
import torch
from torch import nn

from seg.engine.checkpoint_files import is_whole, latest_checkpoint, require_weights_of


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


def test_weights_of_the_same_model_are_accepted(tmp_path):
    path = save(tmp_path / 'a.pth')
    assert require_weights_of(nn.Linear(2, 3), path) is None  # and raises nothing


@pytest.mark.parametrize(
    ('other', 'words'),
    [
        (nn.Linear(2, 4), '0 are missing, 2 have another shape, .* bias differs'),
        (nn.Conv2d(2, 3, 1, bias=False), '1 are missing, 1 have another shape, .* bias is missing'),
        (nn.Bilinear(2, 2, 3), 'weight differs'),
        (nn.BatchNorm1d(3), '3 are in the checkpoint alone; num_batches_tracked is of no use'),
    ],
)
def test_weights_of_another_model_are_refused(tmp_path, other, words):
    with pytest.raises(ValueError, match=f'was not made by this config: of 2 weights .*{words}'):
        require_weights_of(nn.Linear(2, 3), save(tmp_path / 'a.pth', other))


def test_a_file_of_something_else_is_refused(tmp_path):
    torch.save(torch.ones(2, 2), tmp_path / 'tensor.pth')
    (tmp_path / 'pickle.pth').write_bytes(b'\x80\x02 no pickle')
    for name, words in (('tensor', 'it holds a Tensor'), ('pickle', '')):
        with pytest.raises(ValueError, match=rf'{name}\.pth is no checkpoint: {words}'):
            require_weights_of(nn.Linear(2, 3), tmp_path / f'{name}.pth')
