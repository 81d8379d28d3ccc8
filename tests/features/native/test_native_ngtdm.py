"""Neighbouring grey tone differences, against pyradiomics."""

import numpy as np
import pytest
from native_reference import SPACING_MM, assert_equal_features, random_lesion, reference_features

from radiohers.features.native._texture import texture_and_first_order

SETTINGS = [{}, {"distances": [1, 2]}, {"force2D": True}, {"binCount": 1000}, {"binWidth": 60, "distances": [3]}]


def assert_parity(box, mask, settings):
    found = texture_and_first_order(box, mask, SPACING_MM, settings, {"ngtdm": None})
    assert_equal_features(found, reference_features(box, mask, settings, ["ngtdm"]))


@pytest.mark.parametrize("density", [1.0, 0.7, 0.05])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_parity(settings, density):
    assert_parity(*random_lesion(density=density), settings)


def test_a_flat_lesion_is_coarse_by_convention():
    box = np.full((2, 3, 4), 7.0)
    values = texture_and_first_order(box, box > 0, SPACING_MM, {}, {"ngtdm": None})
    assert values == pytest.approx(reference_features(box, box > 0, {}, ["ngtdm"]))
    assert values["ngtdm_Coarseness"] == 1e6
