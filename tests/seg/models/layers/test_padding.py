"""What is image and what is padding, by definitions pixel by pixel."""

import math

import pytest
import torch

from seg.models.layers.padding import (
    halved,
    image_coordinates,
    image_extents,
    image_mask,
    image_sizes,
    within_images,
)

PADDED = (96, 160)
SHAPES = [(96, 160), (65, 129), (64, 128), (1, 1), (33, 160)]


def extents(shapes=SHAPES):
    metas = [dict(img_shape=shape, batch_input_shape=PADDED) for shape in shapes]
    return image_extents(metas, torch.zeros(1))


@pytest.mark.parametrize('stride', [4, 8, 16, 32])
def test_sizes_of_every_stride_are_rounded_up(stride):
    shapes = [(rows, columns) for rows in range(1, 97) for columns in (rows, 160 - rows)]
    found = image_sizes(extents(shapes), PADDED[0] // stride, PADDED[1] // stride)
    assert found.tolist() == [[math.ceil(side / stride) for side in shape] for shape in shapes]


def test_nothing_is_padded():
    assert extents([PADDED, PADDED]) is None
    assert image_extents([dict(img_shape=(5, 7))], torch.zeros(1)) is None
    assert image_extents([], torch.zeros(1)) is None


def test_a_mask_is_its_definition():
    mask = image_mask(extents(), torch.zeros(5, 3, 12, 20))
    assert mask.shape == (5, 1, 12, 20)
    for own, (rows, columns) in zip(mask, SHAPES, strict=True):
        expected = [[8 * y < rows and 8 * x < columns for x in range(20)] for y in range(12)]
        assert own[0].tolist() == expected


def test_coordinates_are_linspaces():
    found = image_coordinates(extents(), torch.zeros(5, 3, 12, 20))
    for own, (rows, columns) in zip(found, SHAPES, strict=True):
        rows, columns = math.ceil(rows / 8), math.ceil(columns / 8)
        expected = torch.zeros(2, 12, 20)
        expected[0, :rows, :columns] = torch.linspace(-1, 1, columns)
        expected[1, :rows, :columns] = torch.linspace(-1, 1, rows)[:, None]
        torch.testing.assert_close(own, expected)
    full = image_coordinates(None, torch.zeros(2, 3, 12, 20))
    torch.testing.assert_close(full, found[:1].expand(2, -1, -1, -1))


def test_halving_takes_the_mean_of_what_is_image():
    features = torch.randn(5, 3, 12, 20, generator=torch.Generator().manual_seed(0))
    found = halved(features, extents())
    inside = image_mask(extents(), features)[:, 0]
    for image in range(5):
        for y in range(6):
            for x in range(10):
                cell = slice(2 * y, 2 * y + 2), slice(2 * x, 2 * x + 2)
                own = features[image][(slice(None), *cell)][:, inside[image][cell]]
                expected = own.mean(1) if own.numel() else torch.zeros(3)
                torch.testing.assert_close(found[image, :, y, x], expected)


def test_points_stay_on_their_image():
    points = torch.rand(5, 50, 2, generator=torch.Generator().manual_seed(0))
    found = within_images(points, extents())
    for own, before, (rows, columns) in zip(found, points, SHAPES, strict=True):
        torch.testing.assert_close(own, before * torch.tensor([columns / 160, rows / 96]))
    assert within_images(points, None) is points
