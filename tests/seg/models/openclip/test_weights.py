"""Reading checkpoints of every format, and refusing what is none."""

import datetime
import pickle

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from seg.models.openclip import load_exactly, read_weights, weights

STATE = {
    'text.a': torch.arange(6.0).view(2, 3),
    'text.b': torch.tensor(2.5),
    'visual.c': torch.arange(40_000.0),
}


def everything(key):
    return key


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key].dtype == value.dtype
        assert torch.equal(found[key], value)


def write_safetensors(path):
    save_file(STATE, path)


def write_zip(path):
    torch.save(STATE, path)


def write_legacy(path):
    torch.save(STATE, path, _use_new_zipfile_serialization=False)


FORMATS = {
    'm.safetensors': write_safetensors,
    'm.pt': write_zip,
    'm.pth': write_legacy,
    'm.bin': write_zip,
}


@pytest.fixture(params=FORMATS)
def file(request, tmp_path):
    path = tmp_path / request.param
    FORMATS[request.param](path)
    return path


def test_every_format_is_read(file):
    assert_same(read_weights(file, everything), STATE)


def test_keys_are_selected_and_renamed(file):
    found = read_weights(file, {'text.b': 'b', 'visual.c': None}.get)
    assert_same(found, {'b': STATE['text.b']})


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_the_dtype_of_the_file_is_kept(tmp_path, dtype):
    state = {key: value.to(dtype) for key, value in STATE.items()}
    save_file(state, tmp_path / 'm.safetensors')
    torch.save(state, tmp_path / 'm.pt')
    for path in tmp_path.iterdir():
        assert_same(read_weights(path, everything), state)


@pytest.mark.parametrize(
    'wrap',
    [lambda s: s, lambda s: {'epoch': 3, 'state_dict': s}, lambda s: {'model': s, 'optimizer': {}}],
)
def test_what_training_wraps_around_is_removed(tmp_path, wrap):
    state = {f'module._orig_mod.{key}': value for key, value in STATE.items()}
    torch.save(wrap(state), tmp_path / 'm.pt')
    assert_same(read_weights(tmp_path / 'm.pt', everything), STATE)


def test_the_prefix_of_parallel_training_is_removed_from_safetensors(tmp_path):
    save_file({f'module.{key}': value for key, value in STATE.items()}, tmp_path / 'm.safetensors')
    assert_same(read_weights(tmp_path / 'm.safetensors', everything), STATE)


def test_safetensors_are_read_only_where_asked(tmp_path, monkeypatch):
    class Spy:
        def __init__(self, *args, **kwargs):
            self.file = safe_open(*args, **kwargs)

        def __enter__(self):
            self.opened = self.file.__enter__()
            return self

        def __exit__(self, *args):
            return self.file.__exit__(*args)

        def keys(self):
            return self.opened.keys()

        def get_tensor(self, key):
            asked.append(key)
            return self.opened.get_tensor(key)

    asked = []
    monkeypatch.setattr(weights, 'safe_open', Spy)
    save_file(STATE, tmp_path / 'm.safetensors')
    found = read_weights(tmp_path / 'm.safetensors', {'text.a': 'a'}.get)
    assert_same(found, {'a': STATE['text.a']})
    assert asked == ['text.a']


class OpenAIModel(nn.Module):
    """What OpenAI's archives hold beside the weights."""

    def __init__(self):
        super().__init__()
        self.visual = nn.Linear(3, 2).half()
        self.ln_final = nn.LayerNorm(2)
        for name, value in dict(input_resolution=64, context_length=77, vocab_size=49408).items():
            self.register_buffer(name, torch.tensor(value))

    def forward(self, x):
        return self.ln_final(self.visual(x.half()).float())


@pytest.mark.parametrize('compile_it', [torch.jit.script, None])
def test_an_archive_of_torchscript_is_read(tmp_path, compile_it):
    model = OpenAIModel().eval()
    if compile_it:
        archive = compile_it(model)
    else:
        archive = torch.jit.trace(model, torch.zeros(1, 3))
    archive.save(tmp_path / 'RN50.pt')
    settings = ('input_resolution', 'context_length', 'vocab_size')
    expected = {k: v for k, v in model.state_dict().items() if k not in settings}
    assert_same(read_weights(tmp_path / 'RN50.pt', everything), expected)


@pytest.mark.parametrize('part', [0, 1, 7, 100, 3000, -10_000, -100])
def test_a_truncated_file_is_refused(file, part):
    file.write_bytes(file.read_bytes()[:part])
    with pytest.raises(ValueError, match=r'is truncated or not a checkpoint') as failure:
        read_weights(file, everything)
    assert str(file) in str(failure.value)
    assert '\n' not in str(failure.value)


@pytest.mark.parametrize('name', FORMATS)
@pytest.mark.parametrize(
    'content',
    [
        b'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 605157884\n',
        b'<!DOCTYPE html><html><head><title>404</title></head></html>',
        b'\x89PNG\r\n\x1a\n' + bytes(range(256)) * 40,
        bytes(5000),
    ],
    ids=['git_lfs', 'html', 'png', 'zeros'],
)
def test_what_is_no_checkpoint_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=r'is truncated or not a checkpoint') as failure:
        read_weights(tmp_path / name, everything)
    assert '\n' not in str(failure.value)


@pytest.mark.parametrize('zipped', [True, False])
def test_pickled_objects_are_refused_and_not_run(tmp_path, zipped):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / 'sprung'), 'w'))

    path = tmp_path / 'm.pt'
    torch.save({**STATE, 'trap': Trap()}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(
        ValueError, match=r'holds pickled objects other than tensors.*open$'
    ) as failure:
        read_weights(path, everything)
    assert not (tmp_path / 'sprung').exists()
    assert '\n' not in str(failure.value)


def test_a_whole_pickled_model_is_refused(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / 'm.pt')
    with pytest.raises(ValueError, match='holds pickled objects other than tensors'):
        read_weights(tmp_path / 'm.pt', everything)


def test_a_plain_pickle_is_refused(tmp_path):
    content = pickle.dumps({'when': datetime.date(2024, 1, 1)}, protocol=2)
    (tmp_path / 'm.pt').write_bytes(content)
    with pytest.raises(ValueError, match='holds pickled objects other than tensors'):
        read_weights(tmp_path / 'm.pt', everything)


@pytest.mark.parametrize('content', [{}, [torch.zeros(2)], torch.zeros(2), 3])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    torch.save(content, tmp_path / 'm.pt')
    with pytest.raises(ValueError, match='holds no dict of tensors'):
        read_weights(tmp_path / 'm.pt', everything)


def load(module, state):
    load_exactly(module, state, what='text tower of X', source='checkpoint /a/b.pt')


def test_a_module_on_the_meta_device_takes_the_tensors():
    with torch.device('meta'):
        module = nn.Linear(3, 2)
    state = {'weight': torch.randn(2, 3), 'bias': torch.randn(2)}
    load(module, state)
    assert_same(module.state_dict(), state)
    assert module.weight.data_ptr() == state['weight'].data_ptr()


def test_tensors_are_cast_to_the_dtype_of_the_module():
    module = nn.Linear(3, 2)
    load(module, {'weight': torch.ones(2, 3).half(), 'bias': torch.ones(2).bfloat16()})
    assert {p.dtype for p in module.parameters()} == {torch.float32}
    assert torch.equal(module.weight, torch.ones(2, 3))


def test_disagreement_names_keys_and_shapes():
    module = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    state = dict(module.state_dict())
    for key in ('1.bias', '1.weight', '2.bias', '2.weight'):
        del state[key]
    state |= {'0.weight': torch.zeros(5, 3), 'x': torch.zeros(1)}
    before = module[0].bias.clone()
    with pytest.raises(ValueError) as failure:
        load(module, {**state, '0.bias': torch.ones(2)})
    assert str(failure.value) == (
        'checkpoint /a/b.pt does not hold the text tower of X: '
        '4 keys missing (1.bias, 1.weight, 2.bias, ...); 1 keys not expected (x); '
        '1 of another shape (0.weight [5, 3] instead of [2, 3])'
    )
    assert torch.equal(module[0].bias, before)
