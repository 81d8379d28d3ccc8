"""First-order features, against pyradiomics and NumPy."""

import numpy as np
import pytest
from native_reference import SPACING_MM, assert_equal_features, random_lesion, reference_features

from radiohers.features.native._first_order import order_statistics
from radiohers.features.native._texture import texture_and_first_order

NAMES = ["StandardDeviation", "Mean"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("settings", [{}, {"voxelArrayShift": 300}, {"binWidth": 3}, {"binCount": 16}], ids=str)
@pytest.mark.parametrize("shape", [(7, 8, 9), (1, 8, 9), (1, 1, 2), (1, 1, 1)])
def test_parity(shape, settings, dtype):
    box, mask = random_lesion(shape=shape)
    box = box.astype(dtype)
    found = texture_and_first_order(box, mask, SPACING_MM, settings, {"firstorder": None})
    assert_equal_features(found, reference_features(box, mask, settings, ["firstorder"]))


@pytest.mark.parametrize("spread", [0.0, 1e-7])
def test_parity_of_flat_lesions(spread):
    box, mask = random_lesion(spread=spread)
    found = texture_and_first_order(box, mask, SPACING_MM, {}, {"firstorder": None})
    assert_equal_features(found, reference_features(box, mask, {}, ["firstorder"]))


def test_standard_deviation_comes_only_by_name():
    box, mask = random_lesion()
    found = texture_and_first_order(box, mask, SPACING_MM, {}, {"firstorder": NAMES})
    assert list(found) == ["firstorder_StandardDeviation", "firstorder_Mean"]
    assert found["firstorder_StandardDeviation"] == pytest.approx(box[mask].std(), rel=1e-12)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(size=5000),
        lambda rng: np.round(rng.normal(0, 3, size=5000)),
        lambda rng: rng.standard_cauchy(size=5000),
        lambda rng: np.exp(rng.normal(0, 200, size=5000)),
        lambda rng: np.full(5000, 3.0),
        lambda rng: rng.integers(0, 2, size=5000) * 5e-324,
    ],
    ids=["normal", "whole", "heavy tails", "many magnitudes", "flat", "tiny"],
)
def test_order_statistics_are_those_of_a_sort(draw):
    values, places = draw(np.random.default_rng(0)), np.array([0, 499, 500, 2499, 2500, 4499, 4999, 2500])
    found = order_statistics(values, values.min(), values.max(), places)
    np.testing.assert_array_equal(found, np.sort(values)[places])
