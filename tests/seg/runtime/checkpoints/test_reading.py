import os
import tarfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from seg.runtime.checkpoints.reading import read_checkpoint

STATE = {'layer.weight': torch.arange(6.0).reshape(2, 3), 'steps': torch.tensor(7)}


class Payload:
    """Writes a file where it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.mkdir, (str(self.file),)


def save(path, content, **how):
    torch.save(content, path, **how)
    return path


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)


def prefixed(prefix):
    return {prefix + key: value for key, value in STATE.items()}


@pytest.mark.parametrize(
    'content',
    [
        STATE,
        {'state_dict': STATE},
        {'model': STATE, 'epoch': 3},
        {'model_state_dict': OrderedDict(STATE)},
        {'state_dict': prefixed('module.')},
        {'state_dict': prefixed('_orig_mod.')},
        {'model': prefixed('module._orig_mod.')},
        {'state_dict': {'layer._orig_mod.weight': STATE['layer.weight'], 'steps': STATE['steps']}},
    ],
)
def test_weights_are_found_wherever_training_scripts_put_them(tmp_path, content):
    found = read_checkpoint(save(tmp_path / 'a.pth', content))
    assert_same(found['state_dict'], STATE)
    assert 'model' not in found


def test_files_from_before_pytorch_1_6_are_read(tmp_path):
    path = save(tmp_path / 'a.pth', STATE, _use_new_zipfile_serialization=False)
    assert_same(read_checkpoint(path)['state_dict'], STATE)


def test_versions_of_modules_are_kept(tmp_path):
    state = nn.BatchNorm1d(2).state_dict()
    found = read_checkpoint(save(tmp_path / 'a.pth', {'state_dict': state}))['state_dict']
    assert found._metadata == state._metadata


def test_what_a_training_keeps_is_read_as_it_was(tmp_path):
    history = HistoryBuffer([1.5, 2.5], [1, 4], max_length=9)
    kept = {
        'best': np.float64(71.5),
        'count': np.int32(3),
        'name': np.array(['a', 'bc']),
        'empty': np.empty(0, np.float32),
        'columns': np.array([[1, 2], [3, 4]], order='F'),
        'big_endian': np.array([1, 2], '>i2'),
        'words': ({'a'}, frozenset('b'), 1 + 2j, b'\xff\x00'),
    }
    path = save(tmp_path / 'a.pth', {'state_dict': STATE, 'kept': kept, 'log': [history]})
    content = read_checkpoint(path)
    for key, value in kept.items():
        assert type(content['kept'][key]) is type(value)
        np.testing.assert_array_equal(content['kept'][key], value)
        assert getattr(content['kept'][key], 'dtype', None) == getattr(value, 'dtype', None)
    (found,) = content['log']
    assert type(found) is HistoryBuffer and found.max_length == 9
    for left, right in zip(found.data, history.data, strict=True):
        assert left.tolist() == right.tolist() and left.dtype == right.dtype
    found.update(3.5)  # goes on
    assert found.current() == 3.5 and found.max() == 3.5 and found.mean(1) == 3.5


def test_a_payload_does_not_run_and_is_named(tmp_path):
    path = save(tmp_path / 'a.pth', {'state_dict': STATE, 'x': Payload(tmp_path / 'ran')})
    with pytest.raises(
        ValueError, match=r'a\.pth asks for (posix|os)\.mkdir, .*--trust-checkpoint'
    ):
        read_checkpoint(path)
    assert not (tmp_path / 'ran').exists()


def test_a_payload_runs_where_it_is_trusted(tmp_path):
    path = save(tmp_path / 'a.pth', {'state_dict': STATE, 'x': Payload(tmp_path / 'ran')})
    assert_same(read_checkpoint(path, trust=True)['state_dict'], STATE)
    assert (tmp_path / 'ran').exists()


def test_a_payload_in_a_history_does_not_run(tmp_path):
    history = HistoryBuffer([1.0], [1])
    history.more = Payload(tmp_path / 'ran')
    with pytest.raises(ValueError, match=r'asks for (posix|os)\.mkdir'):
        read_checkpoint(save(tmp_path / 'a.pth', {'state_dict': STATE, 'log': history}))
    assert not (tmp_path / 'ran').exists()


def test_a_history_cannot_change_what_all_histories_do(tmp_path):
    history = HistoryBuffer([1.0], [1])
    history._statistics_methods = {'mean': set}
    read_checkpoint(save(tmp_path / 'a.pth', {'state_dict': STATE, 'log': history}))
    assert HistoryBuffer([2.0], [1]).statistics('mean') == 2.0


def test_what_others_allowed_is_not_allowed_and_stays_allowed_to_them(tmp_path):
    path = save(tmp_path / 'a.pth', {'state_dict': STATE, 'x': tarfile.TarError('x')})
    before = torch.serialization.get_safe_globals()
    torch.serialization.add_safe_globals([tarfile.TarError])
    try:
        with pytest.raises(ValueError, match=r'asks for tarfile\.TarError'):
            read_checkpoint(path)
        assert set(torch.serialization.get_safe_globals()) == {*before, tarfile.TarError}
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(before)


def test_a_program_that_resuming_would_run_is_left_out(tmp_path):
    meta = {'epoch': 1, 'config': 'raise SystemExit', 'cfg': 'x = 1'}
    path = save(tmp_path / 'a.pth', {'state_dict': STATE, 'meta': meta})
    assert read_checkpoint(path)['meta'] == {'epoch': 1, 'cfg': 'x = 1'}


def test_a_torchscript_archive_is_refused_and_not_run(tmp_path):
    torch.jit.script(nn.Linear(2, 2)).save(str(tmp_path / 'a.pth'))
    with pytest.raises(ValueError, match='is a TorchScript archive, a program'):
        read_checkpoint(tmp_path / 'a.pth')


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / 'pickle.pth').write_bytes(b'\x80\x02 no pickle')
    (tmp_path / 'empty.pth').touch()
    with tarfile.open(tmp_path / 'tar.pth', 'w') as file:
        file.add(tmp_path / 'pickle.pth')
    for name, content in {
        'tensor': torch.ones(2, 2),
        'number': {'state_dict': {'a': 3}},
        'sparse': {'a': torch.eye(2).to_sparse()},
        'nested': {'a': torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])},
        'meta': {'a': torch.ones(2, device='meta')},
        'objects': {'a': np.array([None])},
    }.items():
        save(tmp_path / f'{name}.pth', content)
    for name, words in {
        'tensor': 'it holds a Tensor',
        'number': 'a is a int',
        'sparse': 'a is a sparse',
        'nested': 'a is a sparse, nested',
        'meta': 'a is without content',
        'objects': "an array of 'O8' is not plain data",
        'pickle': '',
        'empty': '',
        'tar': 'it is a tar file',
    }.items():
        with pytest.raises(ValueError, match=rf'{name}\.pth is no checkpoint: {words}'):
            read_checkpoint(tmp_path / f'{name}.pth')
    with pytest.raises(FileNotFoundError, match=r'none\.pth does not exist'):
        read_checkpoint(tmp_path / 'none.pth')
