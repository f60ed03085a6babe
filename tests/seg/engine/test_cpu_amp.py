import torch
from mmengine.optim import OptimWrapper
from torch import nn

from seg.engine.cpu_amp import CPUAmpOptimWrapper


def test_layers_run_in_bfloat16_and_weights_stay_in_float32():
    model = nn.Linear(4, 1)
    before = model.weight.detach().clone()
    optim_wrapper = CPUAmpOptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    assert isinstance(optim_wrapper, OptimWrapper)
    with optim_wrapper.optim_context(model):
        out = model(torch.ones(2, 4))
    assert out.dtype == torch.bfloat16
    optim_wrapper.update_params(out.float().mean())
    assert model.weight.dtype == torch.float32
    torch.testing.assert_close(model.weight, before - 0.1, atol=1e-2, rtol=0)
    assert model(torch.ones(2, 4)).dtype == torch.float32
