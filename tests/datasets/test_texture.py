"""Correlated noise: amplitude, and scales in mm rather than in voxels."""

import numpy as np
import pytest
from scipy.fft import irfftn

from radiohers.datasets._texture import _gaussian_power, correlated_noise

SHAPE, SPACING_MM = (24, 40, 51), (4.0, 0.9, 0.8)


def noise(scales_mm, amplitudes, seed=0):
    return correlated_noise(np.random.default_rng(seed), SHAPE, SPACING_MM, scales_mm, amplitudes)


@pytest.mark.parametrize(("scales_mm", "amplitudes"), [([0.3], [5.0]), ([1.5], [5.0]), ([0.5, 1.5], [3.0, 4.0])])
def test_amplitudes_add_in_squares(scales_mm, amplitudes):
    assert noise(scales_mm, amplitudes).std() == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize("lags", [(0, 0, 0), (1, 0, 0), (0, 4, 0), (0, 0, 5), (1, 3, 2)])
def test_autocorrelation_is_that_of_white_noise_under_a_gaussian_filter(lags):
    autocorrelation = irfftn(_gaussian_power(SHAPE, SPACING_MM, 4.0), s=SHAPE)
    distance_mm = np.linalg.norm(np.multiply(lags, SPACING_MM))
    assert autocorrelation[lags] == pytest.approx(np.exp(-((distance_mm / 8.0) ** 2)), rel=1e-4)


def test_close_voxels_are_more_alike_than_distant_ones():
    field = noise([2.0], [1.0])
    steps = [np.abs(np.diff(field, axis=axis)).mean() for axis in (0, 1, 2)]
    assert steps[2] < steps[1] < steps[0]


def test_shape_and_type():
    field = noise([1.0], [1.0])
    assert (field.shape, field.dtype) == (SHAPE, np.float32)


def test_seed_decides():
    np.testing.assert_array_equal(noise([1.0], [1.0]), noise([1.0], [1.0]))
    assert not np.array_equal(noise([1.0], [1.0]), noise([1.0], [1.0], seed=1))
