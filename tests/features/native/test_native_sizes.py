"""Run lengths, zones and dependences, against pyradiomics."""

import numpy as np
import pytest
from native_reference import SPACING_MM, assert_equal_features, random_lesion, reference_features

from radiohers.features.native._angles import directions, flat_offsets
from radiohers.features.native._discretise import discretise
from radiohers.features.native._glszm import size_zones
from radiohers.features.native._texture import texture_and_first_order

CLASSES = ["glrlm", "glszm", "gldm"]
SETTINGS = [
    {},
    {"binWidth": 60, "gldm_a": 1},
    {"binWidth": 60, "distances": [1, 2]},
    {"distances": [2], "gldm_a": 2},
    {"binWidth": 60, "force2D": True},
    {"force2D": True, "force2Ddimension": 2},
    {"weightingNorm": "euclidean"},
    {"weightingNorm": "manhattan"},
    {"weightingNorm": "infinity", "binWidth": 60},
    {"weightingNorm": "no_weighting"},
    {"binCount": 1000},
]


def assert_parity(box, mask, settings):
    found = texture_and_first_order(box, mask, SPACING_MM, settings, dict.fromkeys(CLASSES))
    assert_equal_features(found, reference_features(box, mask, settings, CLASSES))


@pytest.mark.parametrize("density", [1.0, 0.7, 0.1])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_parity(settings, density):
    assert_parity(*random_lesion(density=density), settings)


@pytest.mark.parametrize("shape", [(1, 8, 9), (7, 1, 9), (1, 1, 9), (2, 3, 4)])
def test_parity_of_flat_boxes(shape):
    assert_parity(*random_lesion(shape=shape), {"binWidth": 60})


def test_parity_of_one_level():
    box, mask = random_lesion(density=0.6)
    assert_parity(np.full_like(box, 7.0), mask, {})


@pytest.mark.parametrize("norm", [None, "euclidean"])
def test_parity_where_no_line_holds_two_voxels(norm):
    mask = np.zeros((4, 5, 7), bool)
    mask[0, 0, 0] = mask[3, 1, 6] = True
    assert_parity(*random_lesion(shape=mask.shape)[:1], mask, {"weightingNorm": norm})


def test_parity_where_a_line_holds_two_voxels_apart():
    mask = np.zeros((3, 3, 5), bool)
    mask[0, 0, 0] = mask[2, 2, 2] = mask[0, 2, 4] = True
    assert_parity(*random_lesion(shape=mask.shape)[:1], mask, {})


@pytest.mark.parametrize("flat_axis", [None, 0, 1])
def test_zones_are_connected_components(flat_axis):
    from scipy import ndimage

    box, mask = random_lesion(3, shape=(9, 10, 11), density=0.8)
    lesion = discretise(box, mask, {"binWidth": 50})
    steps = directions(lesion.size, (1,), flat_axis)
    tables, sizes = size_zones(lesion, steps, flat_offsets(steps, lesion.levels.shape))
    touching = np.ones((3, 3, 3))
    if flat_axis is not None:
        touching = np.moveaxis(touching, flat_axis, 0)
        touching[[0, 2]] = 0
        touching = np.moveaxis(touching, 0, flat_axis)
    for rank in range(1, len(lesion.grey_levels) + 1):
        labels, _ = ndimage.label(lesion.levels == rank, touching)
        expected = np.bincount(np.bincount(labels.ravel())[1:], minlength=sizes.max() + 1)
        np.testing.assert_array_equal(tables[0, rank - 1], expected[sizes])
