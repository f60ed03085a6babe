import pytest
import torch
import torch.nn.functional as F

from seg.text_classifier.prompts import linear as module
from seg.text_classifier.prompts.linear import linear, pack


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
@pytest.mark.parametrize('has_bias', [True, False])
@pytest.mark.parametrize('onednn', ['as it is', None])
def test_the_product_is_that_of_torch(monkeypatch, dtype, has_bias, onednn):
    if onednn is None:
        monkeypatch.setattr(module, '_ONEDNN', None)
    torch.manual_seed(0)
    x, weight, bias = torch.randn(37, 24), torch.randn(50, 24)[3:], torch.randn(47)
    x, weight, bias = x.to(dtype), weight.to(dtype), bias.to(dtype) if has_bias else None
    with torch.inference_mode():
        expected = F.linear(x, weight, bias)
        torch.testing.assert_close(linear(x, weight, bias), expected)
        for rows in (1, 37, 1000):
            torch.testing.assert_close(linear(x, pack(weight, rows), bias), expected)
