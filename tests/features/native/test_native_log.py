"""The Laplacian of a Gaussian, bit by bit against pyradiomics."""

import numpy as np
import pytest
from filter_case import assert_same_bits, make_volume, pyradiomics_images, real_volume
from hypothesis import given, settings
from hypothesis import strategies as st

from radiohers.exceptions import ExtractionWarning
from radiohers.features.native._log import laplacian_of_gaussian, log_images


def assert_like_pyradiomics(volume, *sigma):
    ours = list(log_images(volume, {"sigma": list(sigma)}))
    assert_same_bits(ours, pyradiomics_images("LoG", volume, sigma=list(sigma)))


@pytest.mark.parametrize("sigma_mm", [0.3, 1, 2.0, 2.75, 5])
def test_widths(sigma_mm):
    assert_like_pyradiomics(make_volume((9, 12, 15)), sigma_mm)


@pytest.mark.parametrize("shape", [(4, 4, 4), (5, 40, 7), (33, 4, 65), (6, 35)])
def test_sizes_around_the_lanes_of_the_kernel(shape):
    assert_like_pyradiomics(make_volume(shape, box=tuple(slice(0, size) for size in shape)), 1.0)


@pytest.mark.parametrize("end", [slice(0, 2), slice(-2, None), slice(3, 4)])
def test_place_of_the_lesion(end):
    shape = (9, 21, 34)
    assert_like_pyradiomics(make_volume(shape, box=tuple(slice(*end.indices(size)[:2]) for size in shape)), 3.0)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_box_spacing_and_width(data):
    shape = data.draw(st.tuples(*[st.integers(4, 24)] * 3))
    starts = [data.draw(st.integers(0, size - 1)) for size in shape]
    box = tuple(
        slice(start, data.draw(st.integers(start + 1, size))) for start, size in zip(starts, shape, strict=True)
    )
    spacing_mm = data.draw(st.tuples(*[st.floats(0.4, 6)] * 3))
    sigma_mm = data.draw(st.floats(0.2, 3 * min(spacing_mm)))
    assert_like_pyradiomics(make_volume(shape, spacing_mm, box), sigma_mm)


def test_flat_image_gives_almost_nothing():
    volume = make_volume()
    volume.image[:] = 1000
    assert np.abs(laplacian_of_gaussian(volume, 2.0)).max() < 1e-2


def test_order_of_widths_is_kept():
    names = [name for name, _ in log_images(make_volume(), {"sigma": [2.5, 1]})]
    assert names == ["log-sigma-2-5-mm-3D", "log-sigma-1-mm-3D"]


def test_without_widths_there_are_no_images():
    assert list(log_images(make_volume(), {})) == []


def test_small_image_is_skipped_with_a_warning():
    with pytest.warns(ExtractionWarning, match=r"\(7, 3, 9\) voxels is too small"):
        assert list(log_images(make_volume((7, 3, 9)), {"sigma": [1.0]})) == []


@pytest.mark.parametrize(("sigma_mm", "reason"), [(7.0, r"needs \(4, 9, 10\) voxels"), (0, "greater than 0")])
def test_width_is_skipped_with_a_warning(sigma_mm, reason):
    with pytest.warns(ExtractionWarning, match=reason):
        ours = list(log_images(make_volume(), {"sigma": [sigma_mm, 2.0]}))
    assert_same_bits(ours, pyradiomics_images("LoG", make_volume(), sigma=[sigma_mm, 2.0]))


@pytest.mark.parametrize("case", ["STS_002", "STS_008", "STS_012"])
def test_real_cases(sts_ct, case):
    assert_like_pyradiomics(real_volume(sts_ct, case), 3.0, 5.0)
