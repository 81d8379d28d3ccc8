"""Grey levels are pyradiomics'."""

import numpy as np
import pytest
from native_reference import random_lesion

from radiohers.exceptions import ExtractionError, MaskError
from radiohers.features.native._discretise import bin_edges, discretise


def unpadded(lesion, pad=1):
    ranks = lesion.levels[(slice(pad, -pad),) * 3]
    return np.r_[0, lesion.grey_levels][ranks]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("settings", [{}, {"binWidth": 0.3}, {"binWidth": 7}, {"binCount": 1}, {"binCount": 1000}])
def test_levels_are_pyradiomics(settings, dtype):
    from radiomics import imageoperations

    box, mask = random_lesion()
    box, mask[0] = box.astype(dtype), True
    expected, edges = imageoperations.binImage(box, mask, **settings)
    np.testing.assert_array_equal(unpadded(discretise(box, mask, settings)), expected)
    np.testing.assert_array_equal(bin_edges(box[mask], settings.get("binWidth", 25), settings.get("binCount")), edges)


@pytest.mark.parametrize("width", [25, 0.1])
@pytest.mark.parametrize("values", [(-50, 0, 50), (0.1, 0.2, 0.3), (7, 7, 7), (50, 50, 50), (-1e-20, 0, 24.999999999)])
def test_values_on_edges_are_pyradiomics(values, width):
    from radiomics import imageoperations

    box = np.array(values, dtype=np.float64).reshape(1, 1, 3)
    mask = np.ones_like(box, dtype=bool)
    expected = imageoperations.binImage(box, mask, binWidth=width)[0]
    np.testing.assert_array_equal(unpadded(discretise(box, mask, {"binWidth": width})), expected)


def test_the_lesion_is_cut_out_of_its_box():
    box, mask = random_lesion(shape=(9, 8, 7))
    mask[:2], mask[:, :1], mask[:, :, 5:] = False, False, False
    lesion = discretise(box, mask, {}, pad=2)
    assert lesion.levels.shape == (7 + 4, 7 + 4, 5 + 4)
    np.testing.assert_array_equal(lesion.values, box[mask])
    assert np.diff(lesion.rows).sum() == mask.sum() == lesion.counts.sum()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_an_error(bad):
    box, mask = random_lesion()
    box[3, 4, 4] = bad
    with pytest.raises(ExtractionError, match="1 of .* grey values in the lesion are NaN or infinite"):
        discretise(box, mask, {})


def test_an_empty_mask_is_an_error():
    with pytest.raises(MaskError, match="marks no voxel"):
        discretise(np.zeros((2, 3, 4)), np.zeros((2, 3, 4), bool), {})


def test_too_many_levels_are_an_error():
    box = np.arange(70_000.0).reshape(70, 100, 10)
    with pytest.raises(ExtractionError, match="70000 grey levels .limit 65535.. Choose a wider bin .binWidth, now 1"):
        discretise(box, np.ones(box.shape, bool), {"binWidth": 1})
