"""Small images that the tests of radiohers.images share."""

import numpy as np
import pytest
import SimpleITK as sitk

SPACING_MM = (0.75, 0.875, 3.0)
ORIGIN_MM = (-10.0, 20.5, 30.25)


@pytest.fixture
def voxels():
    """HU of 7 slices, 8 rows, 9 columns, every one different."""
    return np.random.default_rng(0).permutation(7 * 8 * 9).reshape(7, 8, 9).astype(np.int16) - 200


@pytest.fixture
def ct(voxels):
    """A CT of size (9, 8, 7) with unequal spacing, the patient lying askew."""
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(SPACING_MM)
    image.SetOrigin(ORIGIN_MM)
    image.SetDirection((0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 1))
    return image


@pytest.fixture
def mask(ct):
    """A lesion of 2 x 3 x 4 voxels, label 1, on the CT's grid, and a second one of label 3."""
    inside = np.zeros((7, 8, 9), dtype=np.uint8)
    inside[2:4, 3:6, 4:8] = 1
    inside[5, 1, 1] = 3
    image = sitk.GetImageFromArray(inside)
    image.CopyInformation(ct)
    return image


@pytest.fixture
def save(tmp_path):
    """Write an image into a folder of the test and return its path."""

    def write(image, name, compress=False):
        sitk.WriteImage(image, str(tmp_path / name), compress)
        return tmp_path / name

    return write
