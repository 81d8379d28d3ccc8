"""Correlated noise: amplitude, and scales in mm rather than in voxels."""

import numpy as np
import pytest

from radiohers.datasets._texture import correlated_noise

SHAPE, SPACING_MM = (24, 40, 51), (4.0, 0.9, 0.8)


def noise(scales_mm, amplitudes, seed=0):
    return correlated_noise(np.random.default_rng(seed), SHAPE, SPACING_MM, scales_mm, amplitudes)


@pytest.mark.parametrize(("scales_mm", "amplitudes"), [([0.3], [5.0]), ([1.5], [5.0]), ([0.5, 1.5], [3.0, 4.0])])
def test_amplitudes_add_in_squares(scales_mm, amplitudes):
    assert noise(scales_mm, amplitudes).std() == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(("axis", "lag"), [(0, 1), (1, 4), (1, 8), (2, 5)])
def test_correlation_falls_with_distance_in_mm(axis, lag):
    fields = np.stack([noise([4.0], [1.0], seed) for seed in range(20)])
    correlation = np.mean(fields * np.roll(fields, lag, axis + 1)) / np.mean(fields**2)
    # White noise under a Gaussian filter of scale s correlates by exp(-(d / 2s)^2).
    assert correlation == pytest.approx(np.exp(-((lag * SPACING_MM[axis] / 8.0) ** 2)), abs=0.02)


def test_shape_and_type():
    field = noise([1.0], [1.0])
    assert (field.shape, field.dtype) == (SHAPE, np.float32)


def test_seed_decides():
    np.testing.assert_array_equal(noise([1.0], [1.0]), noise([1.0], [1.0]))
    assert not np.array_equal(noise([1.0], [1.0]), noise([1.0], [1.0], seed=1))
