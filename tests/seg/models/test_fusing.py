"""A model with folded norms gives what it gave."""

import pytest
import torch
from mmdet.models.backbones import RegNet, ResNet
from torch import nn

from seg.models.backbones import OpenCLIPBackbone
from seg.models.fusing import fuse_norms
from seg.models.necks import FusedFPN


def random_statistics(model):
    generator = torch.Generator().manual_seed(0)
    for own in model.modules():
        if isinstance(own, nn.BatchNorm2d):
            own.running_mean.normal_(0, 0.2, generator=generator)
            own.running_var.uniform_(0.5, 2, generator=generator)
    return model.eval()


@pytest.mark.parametrize(
    ('build', 'channels'),
    [
        (lambda: RegNet('regnetx_400mf'), [32, 64, 160, 384]),
        (lambda: ResNet(18), [64, 128, 256, 512]),
        (lambda: ResNet(50), [256, 512, 1024, 2048]),
        (lambda: OpenCLIPBackbone('RN50'), [256, 512, 1024, 2048]),
    ],
    ids=['regnet', 'resnet18', 'resnet50', 'clip'],
)
@pytest.mark.filterwarnings('ignore:.*random weights')
def test_maps_stay_and_norms_go(build, channels):
    torch.manual_seed(0)
    model = nn.Module()
    model.backbone = build()
    model.neck = FusedFPN(in_channels=channels, out_channels=16, channels=16)
    random_statistics(model)
    images = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        expected = model.backbone(images)
        fused = model.neck(expected)
        fuse_norms(model)
        maps = model.backbone(images)
        for own, other in zip(maps, expected, strict=True):
            torch.testing.assert_close(own, other, atol=1e-3 * other.abs().max(), rtol=1e-3)
        torch.testing.assert_close(model.neck(expected), fused, atol=1e-4, rtol=1e-4)
    assert not [own for own in model.modules() if isinstance(own, nn.BatchNorm2d)]


def test_a_backbone_that_is_not_known_keeps_its_norms():
    class Swapped(nn.Module):
        """The norm is defined after another convolution than the one that it norms."""

        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1)
            self.norm = nn.BatchNorm2d(4)

        def forward(self, images):
            return self.second(self.norm(self.first(images)))

    model = nn.Module()
    model.backbone = Swapped()
    random_statistics(model)
    images = torch.randn(1, 3, 8, 8)
    expected = model.backbone(images)
    assert torch.equal(fuse_norms(model).backbone(images), expected)
