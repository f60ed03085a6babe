import pytest
import torch
import torch.nn.functional as F
from mmdet.structures import DetDataSample

from seg.models.necks import FusedFPN


def maps(sizes=((32, 48), (16, 24), (8, 12), (4, 6))):
    torch.manual_seed(1)
    return tuple(torch.randn(2, 4 * (i + 1), *size) for i, size in enumerate(sizes))


@pytest.fixture
def neck():
    torch.manual_seed(0)
    return FusedFPN(in_channels=[4, 8, 12, 16], out_channels=16, groups=4)


@pytest.mark.parametrize(
    'sizes', [((32, 48), (16, 24), (8, 12), (4, 6)), ((17, 9), (9, 5), (5, 3), (3, 2))]
)
def test_one_map_of_the_finest_size(neck, sizes):
    (fused,) = neck(maps(sizes))
    assert fused.shape == (2, 16, *sizes[0])


@pytest.mark.parametrize('level', range(4))
def test_the_weights_choose_the_level(neck, level):
    neck.level_logits.data[level] = 100
    seen = []
    neck.fuse.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    neck(maps())
    expected = neck.fpn(maps())[level]
    while expected.shape[-1] < 48:  # level by level, as the sum goes
        size = [2 * s for s in expected.shape[-2:]]
        expected = F.interpolate(expected, size, mode='bilinear', align_corners=False)
    torch.testing.assert_close(seen[0][:, :-2], expected, atol=1e-5, rtol=1e-5)


def test_coordinates_run_from_minus_one_to_one(neck):
    seen = []
    neck.fuse.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    neck(maps())
    x, y = seen[0][0, -2], seen[0][0, -1]
    assert x[0, 0] == y[0, 0] == -1 and x[-1, -1] == y[-1, -1] == 1
    assert (x[0] == x[5]).all() and (y[:, 0] == y[:, 5]).all()


def test_coordinates_are_those_of_the_image_without_its_padding(neck):
    seen = []
    neck.fuse.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    padded = dict(batch_input_shape=(128, 192))
    samples = [
        DetDataSample(metainfo=dict(img_shape=shape, **padded)) for shape in ((80, 101), (128, 192))
    ]
    neck(maps(), samples)
    (x, y), (x_full, y_full) = seen[0][:, -2:]
    assert x[0, 0] == y[0, 0] == -1 and x[0, 25] == y[19, 0] == 1  # of 20 rows and 26 columns
    assert not x[:, 26:].any() and not y[20:].any()
    assert x_full[-1, -1] == y_full[-1, -1] == 1


def test_every_parameter_gets_a_gradient(neck):
    neck(maps())[0].square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in neck.parameters())
