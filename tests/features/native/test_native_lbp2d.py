"""Local binary patterns, against their definition written out pixel by pixel, and scikit-image."""

import sys
from types import ModuleType

import numpy as np
import pytest
from filter_case import assert_same_bits, make_volume, pyradiomics_images

from radiohers.features.native._crop import Volume
from radiohers.features.native._lbp2d import local_binary_pattern_2d

METHODS = ["default", "ror", "uniform", "var"]


def sample(plane, row, column):
    """Return the bilinear interpolation of a plane with zeros around it."""
    padded = np.pad(plane, 10)
    top, left = int(np.floor(row)), int(np.floor(column))
    down, right = row - top, column - left
    corners = padded[top + 10 : top + 12, left + 10 : left + 12]
    above, below = ((1 - right) * corners[k, 0] + right * corners[k, 1] for k in (0, 1))
    return (1 - down) * above + down * below


def plain_local_binary_pattern(plane, P, R, method):
    """Return the patterns of a plane, as Ojala defines them."""
    angles = 2 * np.pi * np.arange(P) / P
    offsets = list(zip(np.round(-R * np.sin(angles), 5), np.round(R * np.cos(angles), 5), strict=True))
    codes = np.empty(plane.shape)
    for (row, column), centre in np.ndenumerate(plane):
        samples = np.array([sample(plane, row + dr, column + dc) for dr, dc in offsets])
        bits = [int(value >= centre) for value in samples]
        if method == "uniform":
            codes[row, column] = sum(bits) if sum(a != b for a, b in zip(bits, bits[1:], strict=False)) <= 2 else P + 1
        elif method == "var":
            codes[row, column] = np.var(samples) or np.nan
        else:
            turns = range(P if method == "ror" else 1)
            codes[row, column] = min(sum(2**i * bits[(i + turn) % P] for i in range(P)) for turn in turns)
    return codes


@pytest.fixture
def plain_skimage(monkeypatch):
    """Give pyradiomics the definition in the place of scikit-image."""
    package, module = ModuleType("skimage"), ModuleType("skimage.feature")
    module.local_binary_pattern = plain_local_binary_pattern
    monkeypatch.setitem(sys.modules, "skimage", package)
    monkeypatch.setitem(sys.modules, "skimage.feature", module)


def integers(shape=(7, 8, 9), box=None):
    volume = make_volume(shape, box=box)
    volume.image[:] = np.round(volume.image / 50)
    return volume


@pytest.mark.parametrize("method", ["default", "ror", "uniform"])
@pytest.mark.parametrize(("radius", "samples"), [(1, 8), (1.5, 7), (2, 12)])
@pytest.mark.usefixtures("plain_skimage")
def test_methods(method, radius, samples):
    settings = {"lbp2DMethod": method, "lbp2DRadius": radius, "lbp2DSamples": samples}
    volume = integers()
    assert_same_bits(
        [("lbp-2D", local_binary_pattern_2d(volume, settings))], pyradiomics_images("LBP2D", volume, **settings)
    )


@pytest.mark.parametrize("dimension", [0, 1, 2])
@pytest.mark.usefixtures("plain_skimage")
def test_slices_across_any_axis(dimension):
    settings = {"force2D": True, "force2Ddimension": dimension}
    for volume in (integers(), integers(box=(slice(0, 7), slice(0, 8), slice(0, 9)))):
        ours = local_binary_pattern_2d(volume, settings)
        assert_same_bits([("lbp-2D", ours)], pyradiomics_images("LBP2D", volume, **settings))


@pytest.mark.usefixtures("plain_skimage")
def test_2d_image():
    volume = integers((8, 11))
    assert_same_bits([("lbp-2D", local_binary_pattern_2d(volume, {}))], pyradiomics_images("LBP2D", volume))


@pytest.mark.usefixtures("plain_skimage")
def test_variance_is_that_of_the_samples():
    volume = integers((2, 8, 11))
    (_, expected), *_ = pyradiomics_images("LBP2D", volume, lbp2DMethod="var")
    ours = local_binary_pattern_2d(volume, {"lbp2DMethod": "var"})
    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12)


def test_variance_of_a_flat_neighbourhood_is_nan():
    volume = Volume(
        np.full((1, 9, 9), 5.0), (1.0, 1.0, 1.0), np.eye(9, dtype=bool)[4:5, :, None] & np.eye(9, dtype=bool)[4]
    )
    assert np.isnan(local_binary_pattern_2d(volume, {"lbp2DMethod": "var", "lbp2DSamples": 4})).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("radius", "samples"), [(1, 8), (2.3, 13)])
@pytest.mark.filterwarnings("ignore:Applying `local_binary_pattern`:UserWarning")
def test_like_scikit_image(method, radius, samples):
    settings = {"lbp2DMethod": method, "lbp2DRadius": radius, "lbp2DSamples": samples}
    volume = make_volume((3, 40, 50))
    ours = local_binary_pattern_2d(volume, settings)
    assert_same_bits([("lbp-2D", ours)], pyradiomics_images("LBP2D", volume, **settings))
