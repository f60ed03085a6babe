"""The pyramid by its definition, level by level, and where its time goes."""

import pytest
import torch
import torch.nn.functional as F
from mmcv.cnn.utils import fuse_conv_bn

from seg.models.necks import FusedFPN

SIZES = ((32, 48), (16, 24), (8, 12), (4, 6))
ODD_SIZES = ((17, 9), (9, 5), (5, 3), (3, 2))


def maps(sizes=SIZES):
    torch.manual_seed(1)
    return tuple(torch.randn(2, 4 * (i + 1), *size) for i, size in enumerate(sizes))


@pytest.fixture
def neck():
    torch.manual_seed(0)
    neck = FusedFPN(in_channels=[4, 8, 12, 16], out_channels=16, channels=8)
    neck(maps())  # statistics of the norms that are not 0 and 1
    return neck.eval()


def normed(conv, values, activate=True):
    """A convolution, its norm and its activation, by the numbers that they hold."""
    own, norm = conv.conv, conv.norm
    values = F.conv2d(values, own.weight, own.bias, padding=own.padding, groups=own.groups)
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    values = (values - norm.running_mean[:, None, None]) * scale[:, None, None]
    values = values + norm.bias[:, None, None]
    return values.relu() if activate else values


def by_definition(neck, given):
    def resized(values, like):
        return F.interpolate(values, like.shape[-2:], mode='bilinear')

    p2, p3, p4, p5 = (normed(own, x, False) for own, x in zip(neck.laterals, given, strict=True))
    top = normed(neck.convs[2], p5)
    top = normed(neck.convs[1], p4 + resized(top, p4))
    top = p3 + resized(top, p3)
    height, width = top.shape[-2:]
    x = torch.linspace(-1, 1, width).expand(2, 1, height, width)
    y = torch.linspace(-1, 1, height)[:, None].expand(2, 1, height, width)
    top = normed(neck.convs[0], torch.cat([top, x, y], dim=1))
    fine = normed(neck.fuse.depthwise_conv, p2 + resized(top, p2), False)
    return normed(neck.fuse.pointwise_conv, fine)


@pytest.mark.parametrize('sizes', [SIZES, ODD_SIZES])
def test_one_map_of_the_finest_size(neck, sizes):
    fused = neck(maps(sizes))
    assert fused.shape == (2, 16, *sizes[0])
    torch.testing.assert_close(fused, by_definition(neck, maps(sizes)), atol=1e-5, rtol=1e-5)


def test_coordinates_are_those_of_the_image_without_its_padding(neck):
    seen = []
    neck.convs[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    neck(maps(), torch.tensor([[80 / 128, 101 / 192], [1, 1]]))
    (x, y), (x_full, y_full) = seen[0][:, -2:]
    assert x[0, 0] == y[0, 0] == -1 and x[0, 12] == y[9, 0] == 1  # of 10 rows and 13 columns
    assert not x[:, 13:].any() and not y[10:].any()
    assert x_full[-1, -1] == y_full[-1, -1] == 1


def test_what_is_full_is_not_padded(neck):
    torch.testing.assert_close(neck(maps(), torch.ones(2, 2)), neck(maps()))


def test_norms_fold_into_the_convolutions(neck):
    expected = neck(maps())
    fused = fuse_conv_bn(neck)
    assert not [own for own in fused.modules() if isinstance(own, torch.nn.BatchNorm2d)]
    torch.testing.assert_close(fused(maps()), expected, atol=1e-5, rtol=1e-5)


def test_every_parameter_gets_a_gradient(neck):
    neck.train()(maps()).square().sum().backward()
    for name, parameter in neck.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
