"""Co-occurrence, against pyradiomics."""

import numpy as np
import pytest
from native_reference import SPACING_MM, assert_equal_features, random_lesion, reference_features

from radiohers.features.native._glcm_degenerate import is_degenerate
from radiohers.features.native._mcc import maximal_correlation
from radiohers.features.native._texture import texture_and_first_order

SETTINGS = [
    {},
    {"symmetricalGLCM": False},
    {"distances": [1, 2]},
    {"distances": [3], "force2D": True},
    {"weightingNorm": "euclidean"},
    {"weightingNorm": "manhattan", "symmetricalGLCM": False},
    {"weightingNorm": "infinity", "distances": [2]},
    {"weightingNorm": "no_weighting"},
    {"weightingNorm": "unknown"},
    {"force2D": True, "force2Ddimension": 2},
    {"binCount": 200},
]


def assert_parity(box, mask, settings):
    found = texture_and_first_order(box, mask, SPACING_MM, settings, {"glcm": None})
    assert_equal_features(found, reference_features(box, mask, settings, ["glcm"]))


@pytest.mark.parametrize("density", [1.0, 0.7, 0.1])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_parity(settings, density):
    assert_parity(*random_lesion(density=density), settings)


@pytest.mark.parametrize("settings", SETTINGS[:6], ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_parity_where_rounding_decides(seed, settings):
    assert_parity(*random_lesion(seed, shape=(3, 2, 4), density=0.5), settings)


@pytest.mark.parametrize("mask", [[1, 1, 1], [1, 0, 1]], ids=["one level", "no pair"])
def test_parity_of_a_flat_lesion(mask):
    assert_parity(np.full((1, 1, 3), 50.0), np.array([[mask]], dtype=bool), {})


def test_parity_of_isolated_voxels():
    box, mask = random_lesion(shape=(5, 5, 7))
    mask[:] = False
    mask[::4, ::4, ::3] = True
    assert_parity(box, mask, {})


@pytest.mark.parametrize("n_levels", [2, 3, 17, 60])
def test_second_eigenvalue_is_lapacks(n_levels):
    p = np.random.default_rng(0).random((3, n_levels, n_levels)) ** 8
    p /= p.sum(axis=(1, 2), keepdims=True)
    px, py = p.sum(axis=2), p.sum(axis=1)
    q = np.einsum("aik,ajk->aij", p / (px[:, :, None] * py[:, None] + np.spacing(1)), p)
    expected = np.sort(np.linalg.eigvals(q).real)[:, -2]
    np.testing.assert_allclose(maximal_correlation(p), expected, rtol=1e-11)


def test_what_is_degenerate():
    features = np.ones((2, 24))
    assert not is_degenerate(features, np.array([0.1, 0.2]))
    assert is_degenerate(features, np.array([0.1, -1e-17]))
    features[1, 14] = np.nan
    assert is_degenerate(features, np.array([0.1, 0.2]))
