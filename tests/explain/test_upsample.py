import numpy as np
import pytest
import torch
from torch import nn

from radiohers.estimators import build_network
from radiohers.explain._upsample import starts_at_first_pixel, upsample


@pytest.fixture(scope="module")
def cells():
    return torch.rand(2, 3, 4)


@pytest.mark.parametrize("size", [(12, 16), (24, 40), (7, 9)])
def test_cells_in_the_middle_are_those_of_torch(cells, size):
    expected = nn.functional.interpolate(cells[:, None], size, mode="bilinear", align_corners=False)[:, 0]
    torch.testing.assert_close(upsample(cells, size, (12, 16), from_first_pixel=False), expected)


@pytest.mark.parametrize("n_inputs", [9, 12])
def test_cells_from_the_first_pixel(n_inputs):
    maps = upsample(torch.tensor([[[0.0], [4.0], [8.0]]]), (n_inputs, 1), (n_inputs, 1), from_first_pixel=True)
    np.testing.assert_allclose(maps[0, :, 0], np.minimum(np.arange(n_inputs), 8))


def test_cells_from_the_first_pixel_of_larger_crops():
    maps = upsample(torch.tensor([[[0.0], [4.0]]]), (16, 1), (8, 1), from_first_pixel=True)
    # The first two pixels of the crop are the first of the input, whose middle lies between them.
    np.testing.assert_allclose(maps[0, :6, 0], [0, 0.25, 0.75, 1.25, 1.75, 2.25])


def test_one_cell_is_everywhere():
    assert (upsample(torch.ones(1, 1, 1), (5, 6), (32, 32), from_first_pixel=True) == 1).all()


def test_number_of_cells_that_no_power_of_two_leaves():
    cells = torch.rand(1, 5, 1)
    found = upsample(cells, (12, 1), (12, 1), from_first_pixel=True)
    assert torch.equal(found, upsample(cells, (12, 1), (12, 1), from_first_pixel=False))


@pytest.mark.parametrize(("backbone", "expected"), [("small", True), ("resnet50", True), ("swin_t", False)])
def test_where_the_backbones_look(backbone, expected):
    assert starts_at_first_pixel(build_network(backbone, n_classes=2)) is expected


@pytest.mark.parametrize(
    "layer", [nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, stride=2), nn.Conv2d(1, 1, (3, 4), stride=2, padding=(1, 1))]
)
def test_other_strides_look_at_the_middle(layer):
    assert not starts_at_first_pixel(nn.Sequential(nn.Conv2d(1, 1, 3, stride=2, padding=1), layer))


def test_without_strides():
    assert not starts_at_first_pixel(nn.Conv2d(1, 1, 3))
