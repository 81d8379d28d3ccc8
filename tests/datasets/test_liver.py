"""The voxels of a synthetic CT: where the label acts, and where it must not."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

from radiohers.datasets._liver import make_liver_ct

SHAPE, SPACING_MM = (14, 44, 56), (4.0, 0.9, 0.8)


def liver(number=1, *, positive=True, signal=1.0, n_lesions=1, shape=SHAPE):
    seed = np.random.SeedSequence(0, spawn_key=(number,))
    return make_liver_ct(seed, shape, SPACING_MM, positive=positive, signal=signal, n_lesions=n_lesions)


def test_types_and_shapes():
    volume, masks = liver(n_lesions=2)
    assert (volume.dtype, volume.shape) == (np.int16, SHAPE)
    assert [(mask.dtype, mask.shape) for mask in masks] == [(np.uint8, SHAPE)] * 2


def test_label_changes_no_voxel_without_signal():
    np.testing.assert_array_equal(liver(positive=True, signal=0)[0], liver(positive=False, signal=0)[0])


def test_label_changes_the_lesion_only():
    positive, (mask,) = liver(positive=True)
    negative, (other_mask,) = liver(positive=False)
    # The painted border is soft and the scanner blurs, so the lesion reaches a few mm beyond its mask.
    near = binary_dilation(mask, iterations=8)
    np.testing.assert_array_equal(mask, other_mask)
    np.testing.assert_array_equal(positive[~near], negative[~near])
    assert np.mean(positive[mask == 1] != negative[mask == 1]) > 0.5


@pytest.mark.parametrize("number", range(1, 6))
def test_rim_and_heterogeneity_are_higher_in_positives(number):
    shape = (28, 90, 110)
    positive, (mask,) = liver(number, positive=True, signal=2, shape=shape)
    negative, _ = liver(number, positive=False, signal=2, shape=shape)
    core = binary_erosion(mask, np.ones((1, 7, 7)))
    rim = (mask == 1) & ~binary_erosion(mask, np.ones((1, 5, 5)))
    # Both have the same noise, so that any difference is the label's.
    assert positive[rim].mean() > negative[rim].mean()
    assert positive[core].std() > negative[core].std()


def test_lesion_is_darker_than_liver():
    volume, (mask,) = liver(positive=False, shape=(28, 90, 110))
    assert volume[mask == 1].mean() < 85
    assert 90 < np.median(volume) < 120


def test_air_free_and_within_ct_range():
    volume, _ = liver(shape=(28, 90, 110))
    assert -200 < volume.min() < volume.max() < 400


def test_lesions_are_apart():
    _, masks = liver(n_lesions=4, shape=(28, 90, 110))
    grown = [binary_dilation(mask) for mask in masks]
    assert sum(part.astype(int) for part in grown).max() == 1
    assert all(mask.sum() > 10 for mask in masks)


def test_diameters_in_a_full_size_volume():
    voxel_mm3 = np.prod(SPACING_MM)
    volumes_mm3 = [liver(number, shape=(28, 90, 110))[1][0].sum() * voxel_mm3 for number in range(1, 11)]
    diameters_mm = np.cbrt(6 * np.array(volumes_mm3) / np.pi)
    assert np.all((diameters_mm > 9) & (diameters_mm < 44))
    assert np.ptp(diameters_mm) > 10


def test_too_small_a_volume():
    message = (
        r"shape=\(8, 32, 32\) leaves no room for \d+ lesions in one image. Take a larger shape or fewer lesions_per"
    )
    with pytest.raises(ValueError, match=message):
        liver(n_lesions=100, shape=(8, 32, 32))
