import torch
from mmdet.models.backbones import RegNet
from torch import nn

from seg.models.memory_layout import move_to
from seg.models.necks import FusedFPN


def test_on_a_cpu_channels_come_last_and_the_maps_stay():
    torch.manual_seed(0)
    model = nn.Module()
    model.backbone = RegNet('regnetx_400mf')
    model.neck = FusedFPN(in_channels=[32, 64, 160, 384], out_channels=16, channels=16)
    model.eval()
    images = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        expected = model.neck(model.backbone(images))
        found = move_to(model, torch.device('cpu')).neck(model.backbone(images))
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
