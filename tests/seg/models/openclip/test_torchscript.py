"""Archives of TorchScript, in which OpenAI released CLIP, read without running them."""

import pytest
import torch
from torch import nn

from seg.models.openclip import read_weights, resolve_checkpoint
from seg.models.openclip.torchscript import torchscript_quick_gelu, torchscript_tensors

VICTIM = b'a precious file of the user'


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Model(nn.Module):
    """Strided and half weights, a buffer, and parameters at the root."""

    def __init__(self, activation):
        super().__init__()
        self.blocks = nn.Sequential(nn.Linear(3, 3), activation, nn.BatchNorm1d(3)).eval()
        self.text = nn.Linear(3, 3).half()
        self.text_projection = nn.Parameter(torch.arange(6.0).view(2, 3).T)
        self.register_buffer('vocab_size', torch.tensor(49408))

    def forward(self, x):
        return self.text(self.blocks(x).half()).float() @ self.text_projection


def archive(path, activation, *, traced):
    model = Model(activation).eval()
    made = torch.jit.trace(model, torch.ones(1, 3)) if traced else torch.jit.script(model)
    made.save(str(path))
    return path


@pytest.mark.parametrize('traced', [True, False])
def test_tensors_have_the_names_and_values_of_the_state_dict(tmp_path, traced):
    path = archive(tmp_path / 'm.pt', nn.GELU(), traced=traced)
    expected = torch.jit.load(str(path)).state_dict()
    del expected['vocab_size']
    found = torchscript_tensors(path)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key].dtype == value.dtype and torch.equal(found[key], value)


@pytest.mark.parametrize('traced', [True, False])
@pytest.mark.parametrize(
    ('activation', 'quick_gelu'), [(QuickGELU(), True), (nn.GELU(), False), (nn.ReLU(), None)]
)
def test_an_archive_tells_its_activation(tmp_path, activation, quick_gelu, traced):
    path = archive(tmp_path / 'm.pt', activation, traced=traced)
    assert torchscript_quick_gelu(path) is quick_gelu
    assert resolve_checkpoint('ViT-B-32', str(path)).quick_gelu is quick_gelu


@pytest.fixture
def trap(tmp_path):
    """An archive that writes over a file as it is loaded, and the file."""
    victim = tmp_path / 'victim'
    made = torch.jit.script(Model(nn.ReLU()).eval())
    made.define(
        'def __getstate__(self) -> Tuple[Tensor, bool]:\n'
        '    return (self.text_projection, self.training)\n'
    )
    made.define(
        'def __setstate__(self, state: Tuple[Tensor, bool]) -> None:\n'
        f'    t = torch.from_file("{victim}", True, 16, dtype=torch.uint8, '
        'layout=torch.strided, device=torch.device("cpu"))\n'
        '    t.fill_(65)\n'
        '    self.text_projection = state[0]\n'
        '    self.training = state[1]\n'
    )
    made.save(str(tmp_path / 'm.pt'))
    victim.write_bytes(VICTIM)
    return tmp_path / 'm.pt', victim


def test_the_code_of_an_archive_is_not_run(trap):
    path, victim = trap
    with pytest.raises(ValueError, match='loads itself by code'):
        read_weights(path, str)
    assert torchscript_quick_gelu(path) is None
    assert victim.read_bytes() == VICTIM


def test_an_archive_that_asks_for_a_function_is_refused(tmp_path):
    path = archive(tmp_path / 'm.pt', nn.ReLU(), traced=False)
    content = path.read_bytes()
    assert content.count(b'collections\nOrderedDict\n') == 1
    path.write_bytes(
        content.replace(b'collections\nOrderedDict\n', b'builtins\neval\n'.ljust(24, b'#'))
    )
    with pytest.raises(ValueError, match=r'm\.pt (holds|is)'):
        read_weights(path, str)
